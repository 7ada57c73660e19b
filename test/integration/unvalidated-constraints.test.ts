import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import { RefusedError } from '../../src/core/errors.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { patternOf, runPlan, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

const CHECKED = 'CREATE TABLE t (id int PRIMARY KEY, v int)'
const CHECK = 'ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0) NOT VALID'
const GENERATED = `CREATE TABLE t (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (v * 2) STORED)`
const PARTED = `CREATE TABLE t (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (20)`
const LOW_CHECK = 'ALTER TABLE low ADD CONSTRAINT positive CHECK (v > 0) NOT VALID'
const FAMILY = 'CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int)'
const KEY = 'ALTER TABLE child ADD CONSTRAINT known FOREIGN KEY (p) REFERENCES parent NOT VALID'
const FULL = `CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE child (id int PRIMARY KEY, a int, b int)`
const FULL_KEY =
  'ALTER TABLE child ADD CONSTRAINT known FOREIGN KEY (a, b) REFERENCES parent MATCH FULL NOT VALID'

/** Tables, rows of the source, what the target has beside them, and what a superuser and a plain owner are told of. */
const CASES = [
  [
    'a check',
    CHECKED,
    'INSERT INTO t VALUES (1, -1)',
    CHECK,
    'check "positive" of t',
    'check "positive" of t',
  ],
  ['a check that every row meets', CHECKED, 'INSERT INTO t VALUES (1, 1), (2, NULL)', CHECK, '', ''],
  [
    'a check of a generated column',
    GENERATED,
    'INSERT INTO t VALUES (1, -1)',
    CHECK.replace('v >', 'g >'),
    'check "positive" of t',
    'check "positive" of t',
  ],
  [
    'a check of the partition of a row',
    PARTED,
    'INSERT INTO t VALUES (1, -1)',
    LOW_CHECK,
    'check "positive" of low',
    'check "positive" of low',
  ],
  ['a check of another partition', PARTED, 'INSERT INTO t VALUES (11, -1)', LOW_CHECK, '', ''],
  ['a foreign key', FAMILY, 'INSERT INTO child VALUES (1, 7)', KEY, '', 'foreign key "known" of child'],
  [
    'a foreign key that every row meets',
    FAMILY,
    'INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1), (2, NULL)',
    KEY,
    '',
    '',
  ],
  [
    'a foreign key MATCH FULL',
    FULL,
    'INSERT INTO child VALUES (1, 1, NULL)',
    FULL_KEY,
    '',
    'foreign key "known" of child',
  ],
] as const

describe.each(CASES)('%s that is NOT VALID in the target', (_, tables, rows, constraint, atOnce, asOwner) => {
  let pair: DatabasePair
  let to: DatabaseConfig
  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${tables}; ${rows}; ${constraint}`,
      targetSql: `${tables}; ${constraint}`,
    })
    to = await targetFor(pair, 'a plain owner')
  })
  afterAll(() => pair?.drop())

  test('is looked at where the rows are to be written, once they have landed', async () => {
    const told = asOwner.match(/^(.*) "(.*)" of (.*)$/)
    const run = () => runSync(pair, { profile: { to } })
    if (told === null) return void (await run())
    const { findings } = await runPlan(pair, { profile: { to } })
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    const error: unknown = await run().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({
      findings: [
        {
          severity: 'error',
          subject: `public.${told[3]}`,
          message: `rows to be written violate the NOT VALID ${told[1]} constraint "${told[2]}"`,
        },
      ],
    })
    const { rows: left } = await pair.target.client.query(`SELECT FROM ${told[3]}`)
    expect(left).toEqual([])
  })

  test('keeps a superuser from writing only what is checked', async () => {
    // A superuser does not trust the state of a role that could not become one.
    await pair.target.client.query('DROP SCHEMA IF EXISTS mbsync, mbsync_landing, mbsync_undo CASCADE')
    if (atOnce !== '')
      await expect(runSync(pair)).rejects.toThrow('Validation found 1 problem; nothing has changed')
    const { notes } = await runSync(pair, { allowBlocking: true })
    expect(notes.some(({ message }) => message.includes('NOT VALID'))).toBe(atOnce !== '')
    await expectSameContent(pair.source.client, pair.target.client)
  })
})

test('rows that have landed are analyzed before a foreign key between them is looked at', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${FAMILY}; INSERT INTO parent SELECT generate_series(1, 40); INSERT INTO child SELECT i, i FROM generate_series(1, 40) i; ${KEY}`,
    targetSql: `${FAMILY}; ${KEY}`,
  })
  const statements: string[] = []
  const onEvent = (event: ProgressEvent) => {
    if (event.type === 'statement') statements.push(event.purpose)
  }
  await runSync(pair, { profile: { to: await targetFor(pair, 'a plain owner') }, onEvent })
  // Without statistics, PostgreSQL would go through all parents for each child.
  const analyzed = statements.findIndex((text) => /^ANALYZE "mbsync_\w+"\."run_1_\w+", "mbsync_/.test(text))
  const lookedAt = statements.findIndex((text) =>
    /^SELECT EXISTS \(SELECT FROM "mbsync_\w+"\."run_1_\w+" AS child/.test(text),
  )
  expect(analyzed).toBeGreaterThanOrEqual(0)
  expect(lookedAt).toBeGreaterThan(analyzed)
  await pair.drop()
})

test('rows that violated a constraint before and do not change keep nothing from being read incrementally', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${CHECKED}; INSERT INTO t VALUES (1, -1), (2, 2); ${CHECK}`,
    targetSql: `${CHECKED}; ${CHECK}`,
  })
  await untilSettled(pair.source.client)
  const profile = { include: [patternOf('public.t')] }
  await runSync(pair, { profile, allowBlocking: true })
  await pair.source.client.query('UPDATE t SET v = 3 WHERE id = 2')
  await untilSettled(pair.source.client)
  await runSync(pair, { profile })
  await expectSameContent(pair.source.client, pair.target.client)
  await pair.drop()
})
