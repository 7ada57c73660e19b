import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { DatabaseConfig, Profile } from '../../src/config/config.ts'
import type { Finding } from '../../src/core/finding.ts'
import { withDatabases } from '../../src/run/databases.ts'
import { selectionOf } from '../../src/run/selection-of.ts'
import { inspectSource } from '../../src/transfer/inspect/inspect-source.ts'
import { listTables } from '../../src/transfer/inspect/read-catalog.ts'
import { validateSource } from '../../src/transfer/validate/source.ts'
import { OBSTACLE_CASES } from '../fixtures/validation/obstacles.ts'
import { PRIVILEGE_CASES } from '../fixtures/validation/privileges.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { patternOf, profileOf, runPlan, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'
import { createCasePair, findingsOf, linesOf, otherFindings, schemaOf } from '../support/validation-cases.ts'

const OWNER_NOTE = [
  'the role may not set session_replication_role: the merge runs as the owner of the tables, with active foreign keys',
  '  On PostgreSQL 15 or later a superuser can GRANT SET ON PARAMETER session_replication_role TO the role, which is faster and can do more.',
]

describe('obstacles to the merge', () => {
  let pair: DatabasePair
  let to: DatabaseConfig
  let findings: readonly Finding[]
  let asOwner: readonly Finding[]
  beforeAll(async () => {
    pair = await createCasePair(OBSTACLE_CASES)
    findings = (await runPlan(pair)).findings
    to = await targetFor(pair, 'a plain owner')
    asOwner = (await runPlan(pair, { profile: { to } })).findings
  })
  afterAll(() => pair?.drop())

  test.each(OBSTACLE_CASES.map((each, index) => [each.name, each, index] as const))(
    '%s',
    (_, expected, index) => {
      expect(findingsOf(findings, index), 'for a superuser').toEqual(expected.findings)
      expect(findingsOf(asOwner, index), 'for a plain owner').toEqual(expected.asOwner)
    },
  )

  test('a plain owner is told once how the merge runs', () => {
    expect(otherFindings(findings)).toEqual([])
    expect(otherFindings(asOwner)).toEqual([`note staging: ${OWNER_NOTE[0]}`, OWNER_NOTE[1]])
  })

  test.each([
    ['a superuser', () => pair.target.url],
    ['a plain owner', () => to.url],
  ] as const)('what only blocks readers is a note for %s with --allow-blocking', async (_, url) => {
    const profile = { to: { name: 'staging', url: url(), isProtected: false } }
    const refused = (await runPlan(pair, { profile })).findings.filter(isAboutBlocking)
    const allowed = (await runPlan(pair, { profile, allowBlocking: true })).findings
    expect(refused.length).toBeGreaterThan(0)
    expect(allowed.filter(isAboutBlocking)).toEqual([])
    expect(allowed).toEqual(
      expect.arrayContaining(
        refused.map(({ subject, message }) => ({
          severity: 'note',
          code: 'obstacle',
          subject,
          message: `${message}: its readers are blocked while the run merges`,
        })),
      ),
    )
  })
})

function isAboutBlocking({ hint }: Finding): boolean {
  return hint?.includes('--allow-blocking') ?? false
}

describe('privileges of the two roles', () => {
  let pair: DatabasePair
  let profile: Partial<Profile>
  let role: string
  let reader: string
  let findings: readonly Finding[]
  let asOwner: readonly Finding[]
  const onTarget = (sql: string) => asSuperuser(inject('targetUrl'), (admin) => admin.query(sql))

  beforeAll(async () => {
    reader = await createRole(inject('sourceUrl'))
    role = await createRole(inject('targetUrl'))
    const cases = PRIVILEGE_CASES.map(({ source, target }) => ({
      source: source.replaceAll(':role', reader),
      target: target.replaceAll(':role', role),
    }))
    pair = await createCasePair(cases)
    profile = {
      from: { name: 'production', url: pair.source.urlFor(reader, reader), isProtected: true },
      to: { name: 'staging', url: pair.target.urlFor(role, role), isProtected: false },
      exclude: [patternOf('*.outside')],
    }
    await onTarget(`GRANT CREATE ON DATABASE ${pair.target.name} TO ${role}`)
    asOwner = (await runPlan(pair, { profile })).findings
    await onTarget(`GRANT SET ON PARAMETER session_replication_role TO ${role}`)
    findings = (await runPlan(pair, { profile })).findings
  })
  afterAll(() => pair?.drop())

  const ofRoles = (all: readonly Finding[], index: number) =>
    findingsOf(all, index).map((line) => line.replaceAll(reader, ':role').replaceAll(role, ':role'))

  test.each(PRIVILEGE_CASES.map((each, index) => [each.name, each, index] as const))(
    '%s',
    (_, expected, index) => {
      expect(ofRoles(findings, index), 'with the grant').toEqual(expected.findings)
      expect(ofRoles(asOwner, index), 'without the grant').toEqual(expected.asOwner)
    },
  )

  test('nothing is said of the database to a role with the grant that may create schemas', () => {
    expect(otherFindings(findings)).toEqual([])
  })

  test('a condition on a table that may not be read is not tried', async () => {
    const index = PRIVILEGE_CASES.findIndex(({ name }) => name.includes('that may not be read in the source'))
    const where = [{ table: { schema: schemaOf(index), name: 't' }, condition: 'true' }]
    const plan = await runPlan(pair, { profile: { ...profile, where } })
    expect(ofRoles(plan.findings, index)).toEqual(PRIVILEGE_CASES[index]?.findings)
  })

  test('schemas of mbsync that can neither be created nor written', async () => {
    await onTarget(`REVOKE CREATE ON DATABASE ${pair.target.name} FROM ${role}`)
    await pair.target.client.query(
      `CREATE SCHEMA IF NOT EXISTS mbsync_landing; GRANT USAGE ON SCHEMA mbsync_landing TO ${role}`,
    )
    const { name } = pair.target
    expect(otherFindings((await runPlan(pair, { profile })).findings)).toEqual([
      `error staging: schema mbsync cannot be created in the target`,
      `  GRANT CREATE ON DATABASE "${name}" TO "${role}"`,
      `error staging: tables cannot be created in schema mbsync_landing of the target`,
      expect.stringMatching(/^ {2}Use postgres again\. Or hand all over, as a superuser: DO /),
      `error staging: schema mbsync_undo cannot be created in the target`,
      `  GRANT CREATE ON DATABASE "${name}" TO "${role}"`,
    ])
  })

  test('a run into a database where the schemas of mbsync cannot be created is refused with what a plan finds', async () => {
    const { findings: planned } = await runPlan(pair, { profile })
    const refused = await runSync(pair, { profile }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ exitCode: 3, findings: planned })
    expect(planned.length).toBeGreaterThan(1)
  })

  test('schemas of mbsync that exist and can be written', async () => {
    await pair.target.client.query(
      `CREATE SCHEMA mbsync; CREATE SCHEMA IF NOT EXISTS mbsync_landing; CREATE SCHEMA mbsync_undo; GRANT ALL ON SCHEMA mbsync, mbsync_landing, mbsync_undo TO ${role}`,
    )
    expect(otherFindings((await runPlan(pair, { profile })).findings)).toEqual([])
  })
})

test('unlogged tables cannot be read on a standby', async () => {
  const pair = await createDatabasePair({
    sourceSql: 'CREATE UNLOGGED TABLE loose (id int PRIMARY KEY); CREATE TABLE kept (id int PRIMARY KEY)',
  })
  const profile = profileOf(pair)
  const selection = selectionOf(profile, { tables: [] })
  const context = { signal: new AbortController().signal, report: () => undefined }
  const primary = await withDatabases(profile, context, async ({ source }) => {
    const session = await source.session()
    return inspectSource(session, await source.session(), selection, await listTables(session, selection))
  })
  await pair.drop()
  const standby = { ...primary, server: { ...primary.server, isInRecovery: true } }
  expect(validateSource(selection, primary)).toEqual([])
  expect(linesOf(validateSource(selection, standby))).toEqual([
    'error public.loose: is unlogged, and a standby cannot read it',
    '  Read from the primary, or exclude the table.',
  ])
})
