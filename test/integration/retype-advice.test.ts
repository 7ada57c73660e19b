import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runPlan } from '../support/run-sync.ts'

/** Column by column: its type in the source and in the target, with a default there or not. */
const COLUMNS = [
  ['integer', "text DEFAULT '7'"],
  ['mood', "varchar(9) DEFAULT 'ok'"],
  ['boolean', 'integer DEFAULT 0'],
  ['boolean', 'bigint'],
  ['uuid', 'text'],
  ['text[]', 'text'],
  ['bigint', 'smallint DEFAULT 3'],
  ['date', 'timestamptz DEFAULT now()'],
  ['int[]', 'text[]'],
  ['jsonb', 'text'],
  ['integer', 'uuid'],
  ['varchar(5)', 'varchar(2)'],
] as const
const tableOf = (index: 0 | 1) =>
  `CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE m (id int PRIMARY KEY, m mood); CREATE TABLE t (id int PRIMARY KEY, ${COLUMNS.map((types, n) => `c${n} ${types[index]}`).join(', ')});`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${tableOf(0)} CREATE TYPE state AS ENUM ('on'); CREATE TABLE renamed (id int PRIMARY KEY, s state); CREATE TABLE untyped (id int PRIMARY KEY, s state)`,
    targetSql: `${tableOf(1)} CREATE TYPE old_state AS ENUM ('on'); CREATE TABLE renamed (id int PRIMARY KEY, s old_state); CREATE TABLE untyped (id int PRIMARY KEY, s int)`,
  })
})
afterAll(() => pair?.drop())

test('the SQL that is proposed for a column of another type is such that PostgreSQL takes', async () => {
  const { findings } = await runPlan(pair)
  const hints = findings.filter(({ hint }) => hint?.includes(' TYPE '))
  const ofTable = hints.filter(({ subject }) => subject === 'public.t')
  expect(ofTable).toHaveLength(COLUMNS.length)
  for (const { hint = '' } of ofTable) {
    const [, sql = ''] =
      /, or (ALTER TABLE .+?)(?: \(then SET DEFAULT as in the source\))?, which /.exec(hint) ?? []
    await pair.target.client.query(sql)
  }
  const rest = Object.fromEntries(hints.map(({ subject, hint = '' }) => [subject, hint]))
  expect(rest['public.renamed']).toContain('or ALTER TYPE public.old_state RENAME TO state if it')
  expect(rest['public.untyped']).toContain('or create type public.state there and then ALTER TABLE')
  await pair.target.client.query('ALTER TYPE old_state RENAME TO state')
  const { findings: left } = await runPlan(pair)
  expect(left.filter(({ severity }) => severity === 'error').map(({ subject }) => subject)).toEqual([
    'public.untyped',
  ])
})
