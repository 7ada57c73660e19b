import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { verify } from '../../src/jobs/verify.ts'
import { expectSameContent } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import {
  KEPT_RULES,
  KEPT_SCHEMA,
  keptAfterRun,
  keptChange,
  readKept,
  sortedKept,
} from '../support/kept-model.ts'
import { assertProperty } from '../support/properties.ts'
import { profileOf, runSync } from '../support/run-sync.ts'

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('one', 'two');
  CREATE TABLE item (id int PRIMARY KEY, v text, m mood, extra int);
  CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF parted FOR VALUES FROM (-1000) TO (20);
  CREATE TABLE high PARTITION OF parted FOR VALUES FROM (20) TO (1000);
  CREATE TABLE child (id int PRIMARY KEY, item int);
  CREATE TABLE log (v int);`

type Step =
  | { readonly kind: 'sync' }
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'run' | 'in open transaction'; readonly sql: string }

const id = fc.integer({ min: 0, max: 40 })
const table = fc.constantFrom('item', 'parted', 'child')
const value = fc.integer({ min: 0, max: 9 })

/** A change of one statement, which never fails for want or excess of rows. */
const change: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(table, id, value)
    .map(([name, i, v]) =>
      name === 'child'
        ? `INSERT INTO child VALUES (${i}, ${v}) ON CONFLICT (id) DO UPDATE SET item = ${v}`
        : `INSERT INTO ${name} (id, v) VALUES (${i}, '${v}') ON CONFLICT (id) DO UPDATE SET v = excluded.v`,
    ),
  fc.tuple(table, id).map(([name, i]) => `DELETE FROM ${name} WHERE id = ${i}`),
  fc
    .tuple(table, id, value)
    .map(([name, from, n]) => `DELETE FROM ${name} WHERE id BETWEEN ${from} AND ${from + n}`),
  fc
    .tuple(fc.constantFrom('item', 'child'), id, id)
    .map(
      ([name, a, b]) =>
        `UPDATE ${name} SET id = CASE id WHEN ${a} THEN -1 - ${b} ELSE id END WHERE id = ${a} AND NOT EXISTS (SELECT FROM ${name} WHERE id = -1 - ${b})`,
    ),
  id.map(
    (i) =>
      `UPDATE parted SET id = 900 - id WHERE id = ${i} AND NOT EXISTS (SELECT FROM parted WHERE id = 900 - ${i})`,
  ),
  value.map((v) => `INSERT INTO log VALUES (${v})`),
  value.map((v) => `DELETE FROM log WHERE v = ${v}`),
  fc
    .tuple(id, value)
    .map(
      ([i, v]) =>
        `INSERT INTO item (id, m) SELECT ${i} + 100, '${v % 2 === 0 ? 'one' : 'two'}' ON CONFLICT DO NOTHING`,
    ),
)

/** Changes that commit and changes that roll back, in savepoints and in exception blocks. */
const nested: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(change, change, fc.boolean())
    .map(([a, b, isKept]) => `SAVEPOINT s; ${a}; ${isKept ? 'RELEASE' : 'ROLLBACK TO'} SAVEPOINT s; ${b}`),
  fc
    .tuple(change, change, fc.boolean())
    .map(
      ([a, b, fails]) =>
        `DO $do$ BEGIN BEGIN ${a}; ${fails ? `RAISE 'undo';` : ''} EXCEPTION WHEN raise_exception THEN ${b}; END; END $do$`,
    ),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: change.map((sql): Step => ({ kind: 'run', sql })) },
  { weight: 3, arbitrary: nested.map((sql): Step => ({ kind: 'run', sql: `BEGIN; ${sql}; COMMIT` })) },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'sync' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>({ kind: 'begin' }, { kind: 'commit' }, { kind: 'rollback' }),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(change, nested).map((sql): Step => ({ kind: 'in open transaction', sql })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'TRUNCATE item',
        'TRUNCATE child',
        'VACUUM FREEZE item',
        'VACUUM FULL child',
        'ALTER TABLE item DROP COLUMN extra; ALTER TABLE item ADD COLUMN extra int DEFAULT 7',
        `ALTER TYPE mood RENAME VALUE 'one' TO 'other'; ALTER TYPE mood RENAME VALUE 'two' TO 'one'; ALTER TYPE mood RENAME VALUE 'other' TO 'two'`,
      )
      .map((sql): Step => ({ kind: 'run', sql })),
  },
)

test('whatever happens in the source, a run brings it, and verify agrees', async () => {
  await assertProperty(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
      const open = await connect(pair.source.url)
      try {
        for (const each of [...steps, { kind: 'commit' } as const, { kind: 'sync' } as const])
          await take(each, pair, open)
      } finally {
        await open.end()
        await pair.drop()
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
}, 600_000)

async function take(each: Step, pair: DatabasePair, open: pg.Client): Promise<void> {
  const { client } = pair.source
  if (each.kind === 'sync') return syncAndCompare(pair)
  if (each.kind === 'begin') return void (await open.query('BEGIN'))
  if (!('sql' in each)) return void (await open.query(each.kind))
  if (each.kind === 'in open transaction') {
    // Outside a transaction there is nothing to roll back to; the statements must then stand alone.
    return void (await bounded(open, `${each.sql.startsWith('SAVEPOINT') ? 'BEGIN; ' : ''}${each.sql}`))
  }
  // Not one query: VACUUM stands alone.
  for (const sql of each.sql.startsWith('BEGIN') || each.sql.startsWith('DO')
    ? [each.sql]
    : each.sql.split('; '))
    await bounded(client, sql)
}

/** The two sessions may wait for each other; then the statement did not happen. */
async function bounded(client: pg.Client, sql: string): Promise<void> {
  await client.query(`SET lock_timeout = 50; SET search_path = public`).catch(() => undefined)
  await client.query(sql).catch(async (error: { readonly code?: string }) => {
    if (!['55P03', '40P01', '25P02', '23505'].includes(error.code ?? '')) throw error
    await client.query('ROLLBACK')
  })
}

async function syncAndCompare(pair: DatabasePair): Promise<void> {
  await runSync(pair)
  await expectSameContent(pair.source.client, pair.target.client)
  const context = { signal: new AbortController().signal, report: () => undefined }
  const verified = await verify(profileOf(pair), { tables: [], samplePercent: 100, limit: 10 }, context)
  expect(verified.tables.filter(({ status }) => status !== 'equal')).toEqual([])
}

const keptStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ side: fc.constantFrom('source' as const, 'target' as const), sql: keptChange }),
  },
  { weight: 1, arbitrary: fc.constant('sync' as const) },
)

test('whatever happens on both sides, rows that stay are as users left them, and all others as the source has them', async () => {
  const profile = { strategy: 'merge' as const, ...KEPT_RULES }
  await assertProperty(
    fc.asyncProperty(fc.array(keptStep, { minLength: 10, maxLength: 50 }), async (steps) => {
      const pair = await createDatabasePair({ sourceSql: KEPT_SCHEMA, targetSql: KEPT_SCHEMA })
      const { source, target } = pair
      try {
        for (const each of [...steps, 'sync' as const]) {
          if (each !== 'sync') {
            await pair[each.side].client.query(each.sql)
            continue
          }
          const wanted = keptAfterRun(await readKept(source.client), await readKept(target.client))
          await runSync(pair, { profile })
          expect(sortedKept(await readKept(target.client))).toEqual(sortedKept(wanted))
          const context = { signal: new AbortController().signal, report: () => undefined }
          const options = { tables: [], samplePercent: 100, limit: 10 }
          const verified = await verify(profileOf(pair, profile), options, context)
          expect(verified.tables.filter(({ status }) => status !== 'equal')).toEqual([])
        }
      } finally {
        await pair.drop()
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
}, 600_000)
