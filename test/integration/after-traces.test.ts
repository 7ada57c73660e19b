import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'
import { targetFor } from '../support/target-modes.ts'

let folder: string
let pair: DatabasePair | SwapPair | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-traces-'))
})
afterEach(async () => {
  rmSync(folder, { recursive: true })
  await pair?.drop()
  pair = undefined
})

/** Writes a file, and says what a profile does of it. */
function fileOf(text: string, patterns: readonly string[] = ['1.sql']) {
  writeFileSync(join(folder, '1.sql'), text)
  return { after: { folder, patterns } }
}

const SCHEMA = `CREATE TABLE item (id int PRIMARY KEY, code text, extra int); CREATE TABLE quiet (id int PRIMARY KEY);`

test('what SQL after a merge leaves: settings end with it, views over other tables are refreshed, and a column that it replaces is brought again', async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item SELECT i, 'c' || i, i * 10 FROM generate_series(1, 20) i; INSERT INTO quiet VALUES (1)`,
    targetSql: `${SCHEMA}
      CREATE TABLE flag (name text);
      CREATE MATERIALIZED VIEW flags AS SELECT count(*)::int AS n FROM flag;
      CREATE MATERIALIZED VIEW tenants AS
        SELECT nullif(current_setting('app.tenant', true), '') AS one, nullif(current_setting('app.other', true), '') AS two, count(*) AS n FROM item;`,
  })
  const { source, target } = pair
  const profile = { to: await targetFor(pair, 'a plain owner'), strategy: 'merge' as const }
  // Names in it are none of the role's.
  await target.client.query(`CREATE SCHEMA hidden; CREATE TABLE hidden.a (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
    REVOKE ALL ON SCHEMA hidden FROM PUBLIC`)
  const first = fileOf(
    `SELECT set_config('app.tenant', 'x', false); DO $$ BEGIN PERFORM set_config('app.' || 'other', 'y', false); END $$;
    ALTER TABLE item DROP COLUMN extra, ADD COLUMN extra int DEFAULT 7; INSERT INTO flag VALUES (current_setting('app.other'))`,
    ['[0-9].sql', '*.sql', '1.sql'],
  )
  const { warnings } = await runSync(pair, { profile: { ...profile, ...first } })
  expect(warnings).toEqual([])
  const seen = async () =>
    (
      await target.client.query(
        'SELECT n, one, two, (SELECT string_agg(name, $1) FROM flag) AS flags FROM tenants CROSS JOIN (SELECT n AS f FROM flags) AS f',
        [','],
      )
    ).rows
  // Three patterns name the file, which runs once.
  expect(await seen()).toEqual([{ n: '20', one: null, two: null, flags: 'y' }])
  expect((await target.client.query('SELECT n FROM flags')).rows).toEqual([{ n: 1 }])
  expect((await target.client.query('SELECT DISTINCT extra FROM item')).rows).toEqual([{ extra: 7 }])

  await untilSettled(source.client)
  const reads = (await runPlan(pair, { profile })).tables.map(({ table, read }) => [table.name, read.kind])
  expect(Object.fromEntries(reads)).toEqual({ item: 'full', quiet: 'incremental' })
  await runSync(pair, { profile })
  await target.client.query(
    'DROP MATERIALIZED VIEW tenants, flags; DROP TABLE flag; DROP SCHEMA hidden CASCADE',
  )
  await expectSameContent(source.client, target.client)
})

test('a swap lets tables stay behind that SQL wrote in exception blocks, unless it writes fewer rows this time', async () => {
  const swap = await createSwapPair('a plain owner', {
    sourceSql: `${SCHEMA} INSERT INTO quiet VALUES (1)`,
    targetSql: SCHEMA,
  })
  pair = swap
  const profile = { to: swap.to, strategy: 'swap' as const }
  const script = (rows: number) => `CREATE TABLE IF NOT EXISTS own (id int);
    DO $$ BEGIN FOR n IN 1..${rows} LOOP BEGIN INSERT INTO own VALUES (n); EXCEPTION WHEN others THEN NULL; END; END LOOP; END $$`
  for (let turn = 0; turn < 2; turn += 1) {
    const { warnings } = await runSync(swap, { profile: { ...profile, ...fileOf(script(3)) } })
    expect(warnings).toEqual([])
    expect(await swap.ask('SELECT count(*)::int AS n FROM public.own')).toEqual([{ n: 3 }])
  }
  const before = await swap.beside()
  const fewer = { profile: { ...profile, ...fileOf(script(2)) } }
  await expect(runSync(swap, fewer)).rejects.toThrow(
    'public.own: SQL of `after` has written 2 rows to the new database, and the target has 3',
  )
  expect(await swap.beside()).toEqual(before)
  await swap.ask('INSERT INTO public.own VALUES (9)')
  await expect(runSync(swap, { profile: { ...profile, ...fileOf(script(3)) } })).rejects.toThrow(
    /Validation found 1 problem/,
  )
}, 120_000)
