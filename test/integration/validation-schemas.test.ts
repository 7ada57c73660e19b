import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { COLUMN_CASES } from '../fixtures/validation/columns.ts'
import { KEY_CASES } from '../fixtures/validation/keys.ts'
import { PARTITION_CASES } from '../fixtures/validation/partitions.ts'
import { RESTRICTION_CASES } from '../fixtures/validation/restrictions.ts'
import { SEQUENCE_CASES } from '../fixtures/validation/sequences.ts'
import { TABLE_CASES } from '../fixtures/validation/tables.ts'
import { TYPE_CASES } from '../fixtures/validation/types.ts'
import type { DatabasePair } from '../support/databases.ts'
import { runPlan } from '../support/run-sync.ts'
import { createCasePair, findingsOf, otherFindings } from '../support/validation-cases.ts'

const FOREIGN_SERVER =
  'CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;'
const CASES = [
  ...TABLE_CASES,
  ...COLUMN_CASES,
  ...TYPE_CASES,
  ...KEY_CASES,
  ...PARTITION_CASES,
  ...SEQUENCE_CASES,
  ...RESTRICTION_CASES,
]

let pair: DatabasePair
let findings: readonly Finding[]
beforeAll(async () => {
  pair = await createCasePair(CASES, FOREIGN_SERVER)
  findings = (await runPlan(pair)).findings
})
afterAll(() => pair?.drop())

test.each(CASES.map((each, index) => [each.name, each, index] as const))(
  '%s',
  (_, { findings: expected }, index) => {
    expect(findingsOf(findings, index)).toEqual(expected)
  },
)

test('nothing is said beyond these cases, and errors come first', () => {
  expect(otherFindings(findings)).toEqual([])
  const severities = findings.map((finding) => finding.severity)
  expect(severities).toEqual([...severities].sort())
})
