import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere, runMbsync, startMbsync } from '../support/run-mbsync.ts'

const SCHEMA = `CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE "Other" (id serial PRIMARY KEY);`

describe('dumps on the command line', () => {
  let pair: DatabasePair
  let folder: string

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-dumps-'))
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} INSERT INTO item SELECT i, md5(i::text) FROM generate_series(1, 20000) i; INSERT INTO "Other" DEFAULT VALUES`,
      targetSql: `${SCHEMA} INSERT INTO item VALUES (1, 'old'), (-1, 'older')`,
    })
  })
  afterEach(async () => {
    await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  const surroundings = (files: Record<string, string> = {}) => ({
    env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
    files,
  })
  const mbsync = (...args: string[]) => runHere(args, surroundings())
  const done = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await mbsync(...args, '--json')
    expect(exitCode, stderr).toBe(0)
    return JSON.parse(stdout)
  }

  test('export, list, verify, import, status and rollback', async () => {
    const dump = join(folder, 'monday')
    const before = await readContent(pair.target.client)
    const exported = await done('export', 'prod-to-staging', '--output', dump)
    expect(exported).toMatchObject({ kind: 'folder', source: 'production', rows: 20_001, sequences: 1 })
    expect(statSync(dump).mode & 0o777).toBe(0o700)
    for (const name of ['manifest.json', 'data/0001_public.Other.sql.gz'])
      expect(statSync(join(dump, name)).mode & 0o777, name).toBe(0o600)
    expect(readdirSync(dump).sort()).toEqual(['data', 'manifest.json', 'schema'])

    const { dumps } = await done('dumps', 'list', folder)
    expect(dumps).toMatchObject([{ path: dump, state: 'complete', rows: 20_001, tableCount: 2 }])
    expect((await done('dumps', 'verify', dump)).dumps).toMatchObject([{ state: 'complete' }])

    const plan = await done('import', dump, '--to', 'staging', '--dry-run')
    expect(plan).toMatchObject({ isReady: true, source: { name: dump } })
    expect(await readContent(pair.target.client)).toEqual(before)

    const imported = await done('import', dump, '--to', 'staging')
    expect(imported).toMatchObject({
      profile: 'import',
      totals: { inserted: 20_000, updated: 1, deleted: 1 },
    })
    await expectSameContent(pair.source.client, pair.target.client)
    const { runs } = await done('status', '--to', 'staging')
    expect(runs).toMatchObject([{ profile: 'import', status: 'succeeded', canRollBack: true }])

    await done('rollback', '--to', 'staging')
    expect(await readContent(pair.target.client)).toEqual(before)
  })

  test('a single file, part of the tables, and URLs in place of names', async () => {
    const file = join(folder, 'monday.sql.gz')
    await done(
      'export',
      '--from',
      pair.source.url,
      '--single-file',
      file,
      '--compress',
      '9',
      '--exclude',
      'public.nothing',
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['monday.sql.gz'])
    const result = await done(
      'import',
      file,
      '--to',
      pair.target.url,
      '--table',
      'public.item',
      '--jobs',
      '2',
    )
    expect(result.tables).toMatchObject([{ table: 'public.item', inserted: 19_999 }])
    expect(JSON.stringify(result)).not.toContain('postgres://')
  })

  test('an existing dump is never overwritten, and what is missing is asked for', async () => {
    const dump = join(folder, 'monday')
    await done('export', '--output', dump)
    const again = await mbsync('export', '--output', dump)
    expect([again.exitCode, again.stderr]).toEqual([3, expect.stringContaining('exists already')])
    const nowhere = await mbsync('export')
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([2, expect.stringContaining('--output <folder>')])
    const unknown = await mbsync('import', dump, '--to', 'stagin')
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean `staging`')])
    const mistyped = await mbsync('import', dump, '--to', 'postgres:/u:hunter2@h/x')
    expect([mistyped.exitCode, mistyped.stderr]).toEqual([2, expect.not.stringContaining('hunter2')])
    const production = await mbsync('import', dump, '--to', 'production')
    expect([production.exitCode, production.stderr]).toEqual([3, expect.stringContaining('is protected')])
    const gone = await mbsync('import', join(folder, 'tuesday'), '--to', 'staging')
    expect([gone.exitCode, gone.stderr]).toEqual([3, expect.stringContaining('There is no dump at')])
  })

  test('what is no dump of mbsync is left alone, whatever it is called', async () => {
    const foreign = join(folder, 'mine.partial')
    mkdirSync(foreign)
    writeFileSync(join(foreign, 'notes'), 'keep')
    const refused = await mbsync('export', '--output', join(folder, 'mine'))
    expect([refused.exitCode, refused.stderr]).toEqual([
      3,
      expect.stringContaining('was not left by an export'),
    ])
    for (const name of ['a', 'b']) await done('export', '--output', join(folder, name))
    mkdirSync(join(folder, 'a.partial'))
    expect((await done('dumps', 'prune', folder, '--keep-last', '1')).dumps).toHaveLength(1)
    expect(readdirSync(folder).sort()).toEqual(['a.partial', 'b', 'mine.partial'])
    expect(readdirSync(foreign)).toEqual(['notes'])
    expect((await mbsync('dumps', 'verify', foreign)).exitCode).toBe(2)
    symlinkSync(join(folder, 'b'), join(folder, 'latest'))
    for (const command of ['list', 'verify']) {
      const linked = await mbsync('dumps', command, join(folder, 'latest'))
      expect([linked.exitCode, linked.stderr]).toEqual([3, expect.stringContaining('not a link to it')])
    }
    expect((await mbsync('export', '--output', join(folder, 'x.partial'))).exitCode).toBe(2)
    expect((await mbsync('export', '--single-file', join(folder, 'x.gz'))).exitCode).toBe(2)
    expect((await mbsync('export', '--output', join(folder, 'x.sql.gz'))).exitCode).toBe(2)
  })

  test('of two exports that find what a dead one left, one writes the dump', async () => {
    const dump = join(folder, 'monday')
    mkdirSync(`${dump}.partial`)
    writeFileSync(join(`${dump}.partial`, 'writer.json'), JSON.stringify({ pid: 2 ** 30, host: hostname() }))
    const ended = await Promise.all([1, 2].map(() => runMbsync(['export', '--output', dump], surroundings())))
    const codes = ended.map(({ exitCode }) => exitCode).sort()
    expect(codes[0], ended.map(({ stderr }) => stderr).join('')).toBe(0)
    expect([3, 75]).toContain(codes[1])
    expect(readdirSync(folder)).toEqual(['monday'])
  })

  test('kill -9 leaves no dump, and the next export of that name takes the place', async () => {
    const dump = join(folder, 'monday')
    const slow = surroundings({ 'mbsync.yaml': slowProfile() })
    const run = startMbsync(['export', 'slow', '--output', dump], slow)
    await run.untilStderr(/copy planned/)
    run.kill('SIGKILL')
    await run.ended
    expect(readdirSync(folder)).toEqual(['monday.partial'])
    expect((await done('dumps', 'list', folder)).dumps).toMatchObject([{ state: 'abandoned' }])
    await done('export', '--output', dump)
    expect(readdirSync(folder)).toEqual(['monday'])
  })

  test('a second export of a name waits for nobody, and SIGINT leaves nothing', async () => {
    const dump = join(folder, 'monday')
    const slow = surroundings({ 'mbsync.yaml': slowProfile() })
    const run = startMbsync(['export', 'slow', '--output', dump], slow)
    await run.untilStderr(/copy planned/)
    const second = await mbsync('export', '--output', dump)
    expect([second.exitCode, second.stderr]).toEqual([
      75,
      expect.stringContaining('being written by another'),
    ])
    expect((await done('dumps', 'prune', folder, '--keep-last', '1')).dumps).toEqual([])
    run.kill('SIGINT')
    expect((await run.ended).exitCode).toBe(130)
    expect(readdirSync(folder)).toEqual([])
  })

  test('a file that cannot be written ends the export with what to do, and leaves nothing', async () => {
    const dump = join(folder, 'monday')
    // The limit makes write() fail as a full disk does.
    const { exitCode, stderr } = await runMbsync(['export', '--output', dump], {
      ...surroundings(),
      fileSizeLimitKiB: 64,
    })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/larger than the file system allows/)
    expect(stderr).not.toMatch(/ {4}at /)
    expect(readdirSync(folder)).toEqual([])
  })

  test('kill -9 while a dump lands leaves the target as it was', async () => {
    const dump = join(folder, 'monday')
    await done('export', '--output', dump)
    const before = await readContent(pair.target.client)
    await pair.target.client.query('BEGIN; SELECT FROM public.item WHERE id = 1 FOR UPDATE')
    const run = startMbsync(['import', dump, '--to', 'staging'], surroundings())
    await run.untilStderr(/"phase":"merge"/)
    run.kill('SIGKILL')
    await run.ended
    await pair.target.client.query('ROLLBACK')
    expect(await readContent(pair.target.client)).toEqual(before)
    await done('import', dump, '--to', 'staging')
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('a damaged dump is told by verify and refused by import, and prune leaves it alone', async () => {
    for (const day of ['monday', 'tuesday', 'wednesday']) await done('export', '--output', join(folder, day))
    truncateSync(join(folder, 'monday/data/0002_public.item.sql.gz'), 100)
    const verified = await mbsync('dumps', 'verify', folder, '--json')
    expect(verified.exitCode).toBe(3)
    expect(JSON.parse(verified.stdout).dumps).toMatchObject([
      { state: 'damaged', problem: expect.stringContaining('cut short') },
      { state: 'complete' },
      { state: 'complete' },
    ])
    expect((await mbsync('import', join(folder, 'monday'), '--to', 'staging')).exitCode).toBe(3)
    const dry = await done('dumps', 'prune', folder, '--keep-last', '1', '--dry-run')
    expect(dry).toMatchObject({ isDryRun: true, dumps: [{ path: join(folder, 'tuesday') }] })
    await done('dumps', 'prune', folder, '--keep-last', '1')
    expect(readdirSync(folder).sort()).toEqual(['monday', 'wednesday'])
    expect((await mbsync('dumps', 'prune', folder)).exitCode).toBe(2)
  })

  test('a run with --backup dump leaves the tables as they were on disk, and the oldest backups go', async () => {
    const backups = join(folder, 'safe')
    const yaml = `databases:
  production: { url: "${pair.source.url}" }
  staging: { url: "${pair.target.url}" }
profiles: { nightly: { from: production, to: staging, backup: dump } }
backups: { folder: ${backups}, keep: { last: 2 } }`
    const before = await readContent(pair.target.client)
    const run = (...args: string[]) => runHere([...args, '--json'], { files: { 'mbsync.yaml': yaml } })
    const first = JSON.parse((await run('sync')).stdout)
    expect(first.backup).toMatch(/safe\/staging-.*-run-1$/)
    await expectSameContent(pair.source.client, pair.target.client)
    expect((await run('import', first.backup, '--to', 'staging')).exitCode).toBe(0)
    expect(await readContent(pair.target.client)).toEqual(before)
    expect(JSON.parse((await run('sync', '--backup', 'undo')).stdout).backup).toBeUndefined()
    await run('export', '--output', join(backups, 'monthly'))
    mkdirSync(join(backups, 'work.partial'))
    for (let index = 0; index < 2; index += 1) await run('sync')
    expect(readdirSync(backups)).toEqual([
      'monthly',
      expect.stringMatching(/^staging-.*-run-4$/),
      expect.stringMatching(/^staging-.*-run-5$/),
      'work.partial',
    ])
    expect(existsSync(first.backup)).toBe(false)
    expect(JSON.parse((await run('status', '--limit', '1')).stdout).runs[0].backup).toContain('run-5')
  })

  function slowProfile(): string {
    return `databases:
  production: { url: "${pair.source.url}" }
  staging: { url: "${pair.target.url}" }
profiles:
  slow:
    from: production
    to: staging
    where: { public.item: "pg_catalog.pg_sleep(0.01) IS NOT NULL" }`
  }
})
