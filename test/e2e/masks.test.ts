import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { fingerprintOfKey } from '../../src/transfer/masks/mask-keys.ts'
import { captureSurroundings } from '../support/captured-surroundings.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { MASK_KEY } from '../support/masks.ts'
import { recordTraffic } from '../support/recording-proxy.ts'

const SCHEMA = `CREATE TABLE person (id int PRIMARY KEY, email text NOT NULL UNIQUE, x1 text, vorname text, born date, state text);`
const ROWS = `INSERT INTO person SELECT i, 'rawmail' || i || '@raw.example', '+49 170 ' || 8880000 + i, 'Rawname' || i, date '1971-03-05' + i, 'plain ' || i FROM generate_series(1, 50) i;`
const RAW = [1, 7, 50].flatMap((i) => [`rawmail${i}@`, `${8880000 + i}`, `Rawname${i}`])

let pair: DatabasePair
let folder: string
let sourceUrl: string
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  sourceUrl = pair.source.url
  folder = mkdtempSync(join(tmpdir(), 'mbsync-masks-'))
  mkdirSync(join(folder, 'out'))
})
afterAll(async () => {
  await pair?.drop()
  rmSync(folder, { recursive: true })
})

/** Writes mbsync.yaml with these lines in its profile. */
function configure(...lines: readonly string[]): void {
  const text = `databases:
  production: { url: "\${SOURCE}" }
  staging: { url: "\${TARGET}" }
search:
  people: { type: ndjson, file: out/people.ndjson, query: 'SELECT id::text AS id, email, vorname, born::text FROM public.person' }
profiles:
  p: # the only one
    from: production
    to: staging
    search: [people]
${lines.map((line) => `    ${line}\n`).join('')}`
  writeFileSync(join(folder, 'mbsync.yaml'), text)
}

async function run(...args: readonly string[]) {
  const env = {
    SOURCE: sourceUrl,
    TARGET: pair.target.url,
    MBSYNC_MASK_KEY: MASK_KEY,
    MBSYNC_YES: '1',
    PATH: process.env.PATH ?? '',
  }
  const captured = captureSurroundings({ cwd: folder, env })
  const exitCode = await main(['node', 'mbsync', ...args], captured)
  return { exitCode, stdout: captured.stdout.text, stderr: captured.stderr.text }
}

test('personal columns are found by name and by values, of which only counts leave the source, and masked on request', async () => {
  configure('privacy: strict')
  const recording = await recordTraffic(pair.source.url)
  sourceUrl = recording.url
  onTestFinished(() => {
    sourceUrl = pair.source.url
  })
  const refused = await run('sync', 'p')
  expect(refused.exitCode).toBe(3)
  expect(refused.stderr).toContain(
    'column \\"x1\\" looks personal (telephone number: 100 % of 50 values look like this',
  )
  const found = await run('privacy', 'p', '--json')
  expect(found.exitCode).toBe(5)
  const { findings } = JSON.parse(found.stdout)
  expect(
    Object.fromEntries(
      findings.map(({ column, suggestion }: Record<string, string>) => [column, suggestion]),
    ),
  ).toEqual({
    email: 'email',
    x1: 'phone',
    vorname: 'first-name',
    born: 'date-shift',
  })
  configure(
    'privacy: strict',
    'mask:',
    '  public.person: { vorname: { accept: made up, as a test } }'.replace('made up, as', 'made up as'),
  )
  expect((await run('privacy', 'p', '--write')).exitCode).toBe(0)
  const text = readFileSync(join(folder, 'mbsync.yaml'), 'utf8')
  expect(text).toContain('# the only one')
  expect(text).toContain('vorname: { accept: made up as a test }, email: email, x1: phone, born: date-shift')
  const reported = await run('privacy', '--html', 'out/privacy.html')
  expect(reported.exitCode).toBe(0)
  expect(reported.stdout).toContain('Report written to ')
  const report = readFileSync(join(folder, 'out/privacy.html'), 'utf8')
  for (const shown of ['No column that looks personal is left unmasked', 'made up as a test', 'date-shift'])
    expect(report).toContain(shown)
  expect(report).toContain(fingerprintOfKey(MASK_KEY))
  expect([...RAW, MASK_KEY, 'postgres://'].filter((secret) => report.includes(secret))).toEqual([])
  const sampled = await run('check', 'p', '--sample')
  expect(sampled.stdout).toMatch(/"email" becomes (user-[0-9a-f]{16}@example\.test( \| )?){5}/)
  expect(sampled.exitCode).toBe(0)
  // A function that a mask calls may say what it was given, and give it back.
  await pair.source.client.query(
    `CREATE FUNCTION public.half(v text, i int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RAISE NOTICE 'half of %', v; RETURN CASE WHEN i % 2 = 0 THEN v ELSE 'x' END; END $$`,
  )
  configure('mask:', '  public.person: { state: { sql: "public.half(state, id)" } }')
  expect((await run('check', 'p', '--sample')).stdout).toContain('"state" becomes x | (unchanged) | x')
  expect(recording.found([...RAW, 'plain 1', 'plain 2'])).toEqual([])
})

test('the first masked run says where raw values are kept, and --purge removes them', async () => {
  configure()
  expect((await run('sync', 'p', '--backup', 'dump')).exitCode).toBe(0)
  await pair.source.client.query(`UPDATE person SET state = 'new' WHERE id < 9`)
  await untilSettled(pair.source.client)
  expect((await run('sync', 'p', '--backup', 'dump')).exitCode).toBe(0)
  expect(readFileSync(join(folder, 'out/people.ndjson'), 'utf8')).toContain('rawmail7@')
  configure('mask:', '  public.person: { email: email, x1: phone, vorname: name, born: date-shift }')
  const recording = await recordTraffic(pair.source.url)
  sourceUrl = recording.url
  const first = await run('sync', 'p', '--backup', 'dump')
  expect(first.stderr).toContain(
    'Values from before the masks are kept in 2 undo sets of the target, and in 3 backups of the target',
  )
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(3)
  const purged = await run('sync', 'p', '--purge')
  expect(purged.exitCode).toBe(0)
  expect(purged.stderr).not.toContain('Values from before the masks')
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(0)
  const { rows } = await pair.target.client.query(
    `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'mbsync_undo'::regnamespace AND relkind = 'r'`,
  )
  expect(rows[0].n).toBe(0)
  expect(readFileSync(join(folder, 'out/people.ndjson'), 'utf8')).not.toMatch(/rawmail|Rawname/)
  expect((await run('status', 'p', '--html', 'out/status.html')).exitCode).toBe(0)
  expect(readFileSync(join(folder, 'out/status.html'), 'utf8')).toContain('4 columns of 1 table masked')
  expect((await run('rollback', 'p')).exitCode).toBe(0)
  expect(recording.found(RAW)).toEqual([])
  const leaked = await pair.target.client.query(
    `SELECT count(*)::int AS n FROM person WHERE email LIKE 'raw%'`,
  )
  expect(leaked.rows[0].n).toBe(0)
})
