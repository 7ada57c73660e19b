import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const BREAKOUT = `"x\n; DROP TABLE item; -- */ \\! ls"`
let pair: DatabasePair

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE item (id int PRIMARY KEY, note text DEFAULT 'n', m mood DEFAULT 'b');
      CREATE TABLE added (id int REFERENCES item, CHECK (id > 0)); CREATE INDEX item_note ON item (note);
      CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    targetSql: `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE item (id int PRIMARY KEY, note text, m mood, ${BREAKOUT} int);
      CREATE TABLE ${BREAKOUT} (other text)`,
  })
})
afterAll(() => pair?.drop())

const mbsync = (...args: string[]) =>
  runHere(args, { env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url } })

test('schema diff prints what differs and ends with 5, its script executes nothing that needs a review, and afterwards only that is left', async () => {
  const text = await mbsync('schema', 'diff')
  expect(text.exitCode, text.stderr).toBe(5)
  expect(text.stdout).toMatch(/table +public\.added +is missing, with 1 × foreign key +safe/)
  expect(text.stdout).toMatch(/type +public\.mood +missing: 'b' +safe/)
  expect(text.stdout).toMatch(/only in the target +review: its values are lost/)
  expect(text.stdout).toMatch(/✖ \d+ differences: \d+ safe, 2 to review/)

  const json = JSON.parse((await mbsync('schema', 'diff', '--json', '--table', 'public.added')).stdout)
  expect(json).toMatchObject({ isEqual: false, source: 'production', target: 'staging' })
  expect(json.differences.map(({ object }: { object: string }) => object)).toEqual([
    'TYPE public.mood',
    'TABLE public.added',
  ])
  expect(json.safe.before).toEqual([`ALTER TYPE public.mood ADD VALUE 'b' AFTER 'a'`])

  const check = await mbsync('check')
  expect(check.stdout).toMatch(
    /staging: The schema differs in 4 more places: 2 defaults, 1 function, 1 index\. See `mbsync schema diff prod-to-staging`/,
  )

  const script = await mbsync('schema', 'diff', '--sql')
  expect([script.exitCode, script.stderr]).toEqual([5, ''])
  for (const [, line = ''] of script.stdout.matchAll(/^(.*DROP TABLE.*)$/gm)) expect(line).toMatch(/^-- /)
  await pair.target.client.query(script.stdout)
  const { rows } = await pair.target.client.query(
    `SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'`,
  )
  expect(rows).toEqual([{ n: 3 }])

  const left = JSON.parse((await mbsync('schema', 'diff', '--json')).stdout)
  expect(left.safe).toEqual({ before: [], transaction: [], transactions: [], after: [] })
  await pair.target.client.query(
    `ALTER TABLE public.item DROP COLUMN ${BREAKOUT}; DROP TABLE public.${BREAKOUT}`,
  )
  const equal = await mbsync('schema', 'diff')
  expect([equal.exitCode, equal.stdout]).toEqual([
    0,
    expect.stringContaining('Equal: staging has the schema of production'),
  ])
  expect((await mbsync('check')).stdout).toContain('The rest of the schema equals that of the source')
})

test('schema export writes a script to a file or to standard output, whole or a section, that gives an empty database the same schema', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-export-'))
  const file = join(folder, 'schema.sql')
  const empty = await createDatabasePair()
  try {
    const env = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: empty.target.url }
    const exported = await runHere(['schema', 'export', '--from', 'production', '--output', file], { env })
    expect([exported.exitCode, exported.stdout], exported.stderr).toEqual([0, expect.stringContaining(file)])
    const script = readFileSync(file, 'utf8')
    const shown = await mbsync('schema', 'export')
    expect([shown.exitCode, shown.stdout]).toEqual([0, script])
    const [before, after] = [
      (await mbsync('schema', 'export', '--section', 'pre-data')).stdout,
      (await mbsync('schema', 'export', '--section', 'post-data')).stdout,
    ]
    expect(before).toContain('-- TABLE public.added')
    expect(before).not.toContain('-- INDEX')
    expect(after).toContain('-- CONSTRAINT added_id_fkey ON public.added')
    expect(after).not.toContain('-- TABLE')
    await empty.target.client.query(before)
    await empty.target.client.query(after)
    const equal = await runHere(['schema', 'diff'], { env })
    expect([equal.exitCode, equal.stdout]).toEqual([0, expect.stringContaining('Equal: ')])
  } finally {
    await empty.drop()
    rmSync(folder, { recursive: true, force: true })
  }
})
