import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { SHOP_ROWS, SHOP_SCHEMA } from '../fixtures/load/shop.ts'
import { expectSameContent, readContent, readSequences } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { patternOf, profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { readSchemaText } from '../support/schema-text.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

let pair: DatabasePair
afterEach(() => pair?.drop())

describe.each(WRITING_MODES)('empty tables are loaded by %s', (mode) => {
  test('whole, with all that is defined on them as it was, and as well known to the next runs as after a merge', async () => {
    pair = await createDatabasePair({ sourceSql: SHOP_SCHEMA + SHOP_ROWS, targetSql: SHOP_SCHEMA })
    const { source, target } = pair
    // The server does not look for such a key as it truncates: its table has no triggers.
    await target.client.query('ALTER TABLE log ADD customer bigint REFERENCES customer NOT ENFORCED')
    await source.client.query('ALTER TABLE log ADD customer bigint')
    const profile = { to: await targetFor(pair, mode) }
    const before = await readSchemaText(target.client)
    const empty = { content: await readContent(target.client), sequences: await readSequences(target.client) }
    const plan = await runPlan(pair, { profile })
    expect(plan.strategy).toEqual({ kind: 'load', reason: 'all tables are empty' })

    const run = await runSync(pair, { profile: { ...profile, strategy: 'load' } })
    expect(run.warnings).toEqual([])
    expect(run.tables.find(({ table }) => table.name === 'item')).toMatchObject({ inserted: 8_001 })
    await expectSameContent(source.client, target.client)
    expect(await readSequences(target.client)).toEqual(await readSequences(source.client))
    expect(await readSchemaText(target.client)).toEqual(before)
    const { rows: sums } = await target.client.query('SELECT count(*)::int AS n FROM public.sums')
    expect(sums).toEqual([{ n: 3_000 }])

    await untilSettled(source.client)
    await source.client.query(
      `UPDATE public.customer SET name = 'new' WHERE id = 7; DELETE FROM public.item WHERE "order" = 5`,
    )
    const again = await runPlan(pair, { profile })
    expect(again.strategy).toEqual({ kind: 'merge', reason: 'tables are read incrementally' })
    const full = again.tables.filter(({ read }) => read.kind === 'full')
    expect(full.map(({ table, read }) => [table.name, read.reason])).toEqual([
      ['log', 'no key'],
      ['log_old', 'no key'],
    ])
    const second = await runSync(pair, { profile })
    expect(
      second.tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0),
    ).toHaveLength(2)
    const context = { signal: new AbortController().signal, report: () => undefined }
    const verified = await verify(profileOf(pair), { tables: [], samplePercent: 100, limit: 10 }, context)
    expect(verified.tables.filter(({ status }) => status !== 'equal')).toEqual([])

    await runRollback(pair, { profile })
    await runRollback(pair, { profile })
    expect({
      content: await readContent(target.client),
      sequences: await readSequences(target.client),
    }).toEqual(empty)
    expect(await readSchemaText(target.client)).toEqual(before)
  })
})

const SMALL = `
  CREATE TABLE parent (id int PRIMARY KEY, name text);
  CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent, body text);
  CREATE INDEX child_body ON child (md5(body));
  CREATE TABLE outside (id int PRIMARY KEY, child int REFERENCES child ON DELETE CASCADE);`
const SMALL_ROWS = `
  INSERT INTO parent SELECT i, 'name ' || i FROM generate_series(1, 100) i;
  INSERT INTO child SELECT i, i % 100 + 1, repeat(md5(i::text), 10) FROM generate_series(1, 4000) i; ANALYZE;`
const EXCLUDED = { exclude: [patternOf('public.outside')] }

describe('a load', () => {
  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: SMALL + SMALL_ROWS, targetSql: SMALL })
  })

  test('is one merge instead where the profile says so, a table has rows, or one of them belongs to another role', async () => {
    const { target } = pair
    const strategyOf = async (profile: Partial<Profile> = {}) =>
      (await runPlan(pair, { profile: { ...EXCLUDED, ...profile } })).strategy
    expect(await strategyOf({ strategy: 'merge' })).toEqual({
      kind: 'merge',
      reason: 'chosen by the profile or --strategy',
    })
    expect(await strategyOf()).toMatchObject({ kind: 'load' })
    await target.client.query("INSERT INTO parent VALUES (1, 'own')")
    expect(await strategyOf()).toEqual({ kind: 'merge', reason: 'public.parent has rows' })
    const refused = await runPlan(pair, { profile: { ...EXCLUDED, strategy: 'load' } })
    expect(refused.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/cannot be loaded: public.parent has rows/) },
    ])
    await target.client.query('DELETE FROM parent')
    expect(await strategyOf()).toMatchObject({ kind: 'load' })
    await target.client.query(`ALTER TABLE child ADD CONSTRAINT later CHECK (id > 0) NOT VALID`)
    expect(await strategyOf()).toEqual({
      kind: 'merge',
      reason: 'public.child: constraint "later" is NOT VALID',
    })
  })

  test('that finds rows under its lock, or a row that the target refuses, changes nothing, and the run merges', async () => {
    const { source, target } = pair
    const empty = await readContent(target.client)
    const schema = await readSchemaText(target.client)
    await target.client.query(`ALTER TABLE public.child ADD CONSTRAINT low CHECK (id < 4000)`)
    const infos: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'info') infos.push(event.message)
    }
    await expect(runSync(pair, { profile: EXCLUDED, onEvent })).rejects.toThrow(/violates "low"/)
    expect(infos.join()).toMatch(/Loading failed, so the run merges/)
    await expect(runSync(pair, { profile: { ...EXCLUDED, strategy: 'load' } })).rejects.toThrow(
      /violates "low"/,
    )
    expect(await readContent(target.client)).toEqual(empty)
    await target.client.query('ALTER TABLE public.child DROP CONSTRAINT low')
    expect(await readSchemaText(target.client)).toEqual(schema)

    const writer = await connect(target.url)
    await writer.query(`BEGIN; INSERT INTO public.parent VALUES (-1, 'own')`)
    const run = runSync(pair, { profile: EXCLUDED, onEvent })
    await expect.poll(async () => (await target.client.query(WAITING)).rows[0].n).toBeGreaterThan(0)
    await writer.query('COMMIT')
    await run
    expect(infos.at(-1)).toMatch(/public.parent has rows/)
    await writer.end()
    await expectSameContent(source.client, target.client)
    expect(await readSchemaText(target.client)).toEqual(schema)
  })

  test('keeps writers waiting, and what they write then is found by the next run, and kept by a rollback', async () => {
    const { source, target } = pair
    const writer = await connect(target.url)
    const rows = async () => (await writer.query('SELECT id FROM public.parent ORDER BY id')).rows
    let written: Promise<unknown> | undefined
    const load = () =>
      runSync(pair, {
        profile: { ...EXCLUDED, strategy: 'load' },
        onEvent: ({ type }) => {
          if (type === 'part-finished')
            written ??= writer.query(`INSERT INTO public.parent VALUES (-1, 'own')`)
        },
      })
    await load()
    await written
    await expect(runRollback(pair, { profile: EXCLUDED })).rejects.toThrow(
      /parent has 1 or more rows written since/,
    )
    await runRollback(pair, { profile: EXCLUDED, force: true })
    expect(await rows()).toEqual([{ id: -1 }])

    await writer.query('DELETE FROM public.parent')
    written = undefined
    await load()
    await written
    expect(await rows()).toHaveLength(101)
    await writer.end()
    await runSync(pair, { profile: EXCLUDED })
    await expectSameContent(source.client, target.client)
  })

  test('keeps what looks for referring rows waiting, and no plain reader', async () => {
    const { source, target } = pair
    await target.client.query(`CREATE FUNCTION hold(int) RETURNS bool LANGUAGE sql AS
        'SELECT true FROM pg_catalog.pg_advisory_xact_lock_shared(7)';
      ALTER TABLE public.parent ADD CONSTRAINT held CHECK (public.hold(id)); SELECT pg_advisory_lock(7)`)
    const run = runSync(pair, { profile: { ...EXCLUDED, strategy: 'load' } })
    const reader = await connect(target.url)
    await expect.poll(async () => (await reader.query(WAITING)).rows[0].n).toBeGreaterThan(0)
    expect((await reader.query('SELECT FROM public.parent')).rowCount).toBe(0)
    await expect(reader.query('BEGIN; LOCK TABLE public.parent IN ROW SHARE MODE NOWAIT')).rejects.toThrow(
      /could not obtain lock/,
    )
    await reader.end()
    await target.client.query('SELECT pg_advisory_unlock(7)')
    await run
    await expectSameContent(source.client, target.client)
  })

  test('compresses long values by lz4 where the server can and nothing says how', async () => {
    const { source, target } = pair
    for (const { client } of [source, target])
      await client.query('ALTER TABLE child ADD free text, ADD told text COMPRESSION pglz')
    const long = `repeat('abc ', 5000)`
    await source.client.query(`INSERT INTO child VALUES (9000, 1, 'x', ${long}, ${long})`)
    const compressionOf = async () => {
      await runSync(pair, { profile: EXCLUDED })
      const { rows } = await target.client.query(
        'SELECT pg_column_compression(free) AS free, pg_column_compression(told) AS told FROM child WHERE id = 9000',
      )
      return rows
    }
    const { rows: known } = await target.client.query<{ hasLz4: boolean }>(
      `SELECT 'lz4' = ANY (enumvals) AS "hasLz4" FROM pg_settings WHERE name = 'default_toast_compression'`,
    )
    const ofLoad = await compressionOf()
    expect(ofLoad).toEqual([{ free: known[0]?.hasLz4 ? 'lz4' : 'pglz', told: 'pglz' }])
    // There are rows now: what follows is a merge.
    await target.client.query('DELETE FROM child WHERE id = 9000')
    expect(await compressionOf()).toEqual(ofLoad)

    await runRollback(pair, { profile: EXCLUDED })
    await runRollback(pair, { profile: EXCLUDED, force: true })
    await target.client.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_toast_compression = pglz', current_database()); END $$`,
    )
    expect(await compressionOf()).toEqual([{ free: 'pglz', told: 'pglz' }])
  })

  test('is not rolled back by a role that may not read what it has loaded', async () => {
    const { target } = pair
    const to = await targetFor(pair, 'a plain owner')
    await runSync(pair, { profile: { ...EXCLUDED, to, strategy: 'load' } })
    const role = new URL(to.url).username
    await target.client.query(`REVOKE SELECT ON public.child FROM ${role}`)
    await expect(runRollback(pair, { profile: { ...EXCLUDED, to } })).rejects.toThrow(
      /public.child.*its rows cannot be read/,
    )
    await target.client.query(`GRANT SELECT ON public.child TO ${role}`)
    await runRollback(pair, { profile: { ...EXCLUDED, to } })
  })

  test('is rolled back around what other tables refer to', async () => {
    const { target } = pair
    const empty = await readContent(target.client)
    await runSync(pair, { profile: { ...EXCLUDED, strategy: 'load' } })
    await target.client.query('INSERT INTO public.outside VALUES (1, 7)')
    await expect(runRollback(pair, { profile: EXCLUDED })).rejects.toThrow(/outside/)
    expect((await target.client.query('SELECT count(*)::int AS n FROM public.child')).rows).toEqual([
      { n: 4000 },
    ])
    await target.client.query('DELETE FROM public.outside')
    await runRollback(pair, { profile: EXCLUDED })
    expect(await readContent(target.client)).toEqual(empty)
  })

  test('of a dump does the same', async () => {
    const env = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url }
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-load-'))
    const exported = await runHere(['export', '--output', join(folder, 'dump')], { env })
    expect(exported.exitCode, exported.stderr).toBe(0)
    const args = ['import', join(folder, 'dump'), '--to', 'staging', '--strategy', 'load']
    const planned = await runHere([...args, '--dry-run'], { env })
    expect(planned.stdout).toMatch(/Load +rows go straight into the tables/)
    const imported = await runHere(args, { env })
    expect(imported.exitCode, imported.stderr).toBe(0)
    rmSync(folder, { recursive: true })
    await expectSameContent(pair.source.client, pair.target.client)
  })
})

const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync' AND wait_event_type = 'Lock'`
