import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { startPgBouncer, whyWithoutPgBouncer } from '../support/pgbouncer.ts'
import { runSync } from '../support/run-sync.ts'

const TABLES = 60
const forEach = (sqlOf: (n: number) => string) =>
  Array.from({ length: TABLES }, (_, n) => sqlOf(n)).join(';\n')

/** Every third one travels as text, and every seventh one is empty. */
const SCHEMA = forEach(
  (n) => `CREATE TABLE t${n} (id int PRIMARY KEY, body text, n int${n % 3 === 0 ? ', x xml' : ''})`,
)
const ROWS = forEach((n) =>
  n % 7 === 0
    ? 'SELECT'
    : `INSERT INTO t${n} SELECT i, E'tab\\t, \\\\. and\\nline ' || i, i FROM generate_series(1, ${n}) i`,
)

let pair: DatabasePair
let copies: string[]
beforeEach(async () => {
  pair = await createDatabasePair({ sourceSql: `${SCHEMA};\n${ROWS}`, targetSql: SCHEMA })
  copies = []
})
afterEach(() => pair?.drop())

const onEvent = (event: ProgressEvent) => {
  if (event.type === 'statement' && event.purpose.startsWith('COPY')) copies.push(event.purpose)
}

test('many small tables are copied with few messages, by a load and by a merge', async () => {
  const { source, target } = pair
  const loaded = await runSync(pair, { profile: { strategy: 'load' }, onEvent })
  await expectSameContent(source.client, target.client)
  expect(loaded.tables.map(({ inserted }) => inserted).sort((a, b) => a - b)).toEqual(
    Array.from({ length: TABLES }, (_, n) => (n % 7 === 0 ? 0 : n)).sort((a, b) => a - b),
  )
  expect(copies.length).toBeGreaterThan(0)
  expect(copies.length).toBeLessThan(TABLES / 4)
  // More than one session analyzes them, and none of them is left out.
  const { rows: analyzed } = await target.client.query(
    `SELECT reltuples::int AS rows FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0 ORDER BY 1`,
  )
  const filled = Array.from({ length: TABLES }, (_, n) => n).filter((n) => n % 7 !== 0)
  expect(analyzed.map(({ rows }) => rows)).toEqual(filled)

  copies = []
  await source.client.query(forEach((n) => `UPDATE public.t${n} SET body = body || '!' WHERE id % 2 = 0`))
  await runSync(pair, { isFull: true, onEvent })
  await expectSameContent(source.client, target.client)
  expect(copies.length).toBeGreaterThan(0)
  expect(copies.length).toBeLessThan(TABLES / 4)
})

test('one of many tables that the target refuses is named, and nothing has changed', async () => {
  const { target } = pair
  await target.client.query('CREATE INDEX ON public.t44 ((100 / (n - 40)))')
  const empty = await readContent(target.client)
  await expect(runSync(pair, { profile: { strategy: 'load' } })).rejects.toThrow(
    /public\.t44: .*a division by zero/,
  )
  expect(await readContent(target.client)).toEqual(empty)
})

test('rows that turn out to be too many to be held in memory are read one table after the other', async () => {
  const { source, target } = pair
  await source.client.query(
    [40, 41, 43].map((n) => `INSERT INTO public.t${n} VALUES (0, repeat('x', 7000000), 0)`).join(';\n'),
  )
  await runSync(pair, { profile: { strategy: 'load' } })
  await expectSameContent(source.client, target.client)
})

test.skipIf(whyWithoutPgBouncer() !== undefined)(
  'small tables go through a pooler together, also after one of them was refused',
  async () => {
    const { source, target } = pair
    const pooler = await startPgBouncer(target.url, { mode: 'session' })
    const through = { source, target: { url: pooler.through(target.url) } }
    await target.client.query('CREATE INDEX refusing ON public.t44 ((100 / (n - 40)))')
    await expect(runSync(through, { profile: { strategy: 'load' } })).rejects.toThrow(/public\.t44: /)
    await target.client.query('DROP INDEX public.refusing')
    await runSync(through, { profile: { strategy: 'load' } })
    await expectSameContent(source.client, target.client)
    await pooler.close()
  },
)
