import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { CTRL_C, onTerminal } from '../support/on-terminal.ts'
import { REPOSITORY } from '../support/pack.ts'
import { hasProgram, runProgram } from '../support/run-program.ts'

const SCHEMA = `
  CREATE TABLE "User" (id int PRIMARY KEY, "firstName" text, e_mail text, username text, name text);
  CREATE TABLE audit_log (id int PRIMARY KEY);
  CREATE TABLE "line
break" (phone text);
  CREATE SCHEMA "odd.one"; CREATE TABLE "odd.one".item (id int PRIMARY KEY);
  CREATE TABLE _prisma_migrations (id text PRIMARY KEY);`

let pair: DatabasePair
let folder: string

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO audit_log VALUES (1)`,
    targetSql: SCHEMA,
  })
})
afterAll(() => pair?.drop())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-init-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const BIN = join(REPOSITORY, 'bin/mbsync.js')
const PATH = process.env.PATH ?? ''
const mbsync = (...args: string[]) =>
  runProgram(process.execPath, [BIN, ...args], { cwd: folder, env: { PATH } })
const urls = () => ['--source', pair.source.url, '--target', pair.target.url]

describe('mbsync init', () => {
  test('writes files that fit the source, checks them, and prints a line that cron can run', async () => {
    const { exitCode, output } = await mbsync('init', ...urls())
    expect(exitCode, output).toBe(0)
    expect(output).toContain('✔ Ready: `mbsync sync prod-to-staging` would run')
    expect(output).not.toContain(pair.source.url)

    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
    const yaml = readFileSync(join(folder, 'mbsync.yaml'), 'utf8')
    expect(yaml).toMatch(/^ {6}- 'public\.\*' # 4 tables/m)
    expect(yaml).toMatch(/^ {6}- '"odd\.one"\.\*' # 1 table, /m)
    expect(yaml).toMatch(/^ {4}exclude: \[\]\n[^\n]*\n {4}# {3}- 'public\._prisma_migrations'$/m)
    expect(yaml).toMatch(/^ {4}# {3}- 'public\.audit_log' # 0\.0 MB$/m)
    expect(yaml).toMatch(/^ {4}# {3}- 'public\.User' # firstName, e_mail, username, name$/m)
    expect(yaml).toMatch(/^ {4}# {3}- "public\.line\\nbreak" # phone$/m)

    const [line = ''] = /^15 3 \* \* \*.*$/m.exec(output) ?? []
    const command = line.replace('15 3 * * *', '').replaceAll('\\%', '%')
    const run = await runProgram('/bin/sh', ['-c', command], { cwd: '/', env: { PATH: '/usr/bin:/bin' } })
    expect([run.exitCode, run.output]).toEqual([0, ''])
    expect(readFileSync(join(folder, 'mbsync.log'), 'utf8')).toContain('"msg":"run finished"')
    expect((await pair.target.client.query('SELECT * FROM audit_log')).rowCount).toBe(1)

    const again = await mbsync('init', ...urls())
    expect([again.exitCode, again.output]).toEqual([2, expect.stringContaining('already exists')])
    expect(readFileSync(join(folder, 'mbsync.yaml'), 'utf8')).toBe(yaml)
    writeFileSync(join(folder, 'mbsync.yaml'), '# mine')
    expect((await mbsync('init', '--force', '--json')).exitCode).toBe(0)
    expect(readFileSync(join(folder, 'mbsync.yaml'), 'utf8')).toBe(yaml)
  })

  test('without a terminal it asks nothing: it ends with 2 and says what to give', async () => {
    const { exitCode, output } = await mbsync('init', '--source', pair.source.url)
    expect([exitCode, readdirSync(folder)]).toEqual([2, []])
    expect(output).toContain('The URL of staging is missing')
    expect((await mbsync('init', '--source', 'localhost', '--target', 'x')).output).toContain('must be a URL')
  })

  test('leaves a .env as it is, and says what is missing in it', async () => {
    writeFileSync(join(folder, '.env'), `PRODUCTION_DATABASE_URL='${pair.source.url}'`)
    const { exitCode, output } = await mbsync('init', ...urls())
    expect([exitCode, readdirSync(folder)]).toEqual([2, ['.env']])
    expect(output).toContain('STAGING_DATABASE_URL=')
    expect(output).not.toContain('PRODUCTION_DATABASE_URL=')
    const other = await mbsync('init', '--source', 'postgres://other/app')
    expect(other.exitCode).toBe(2)
  })

  test('writes nothing if the source cannot be read, and ends with 3 if the target is not as it must be', async () => {
    const nowhere = pair.target.url.replace(/\/[^/]*$/, '/nowhere')
    expect((await mbsync('init', '--source', nowhere, '--target', pair.target.url)).exitCode).toBe(1)
    expect(readdirSync(folder)).toEqual([])
    const { exitCode, output } = await mbsync('init', '--source', pair.source.url, '--target', nowhere)
    expect([exitCode, output]).toEqual([3, expect.stringContaining('✖ staging: ')])
    expect(existsSync(join(folder, 'mbsync.yaml'))).toBe(true)
  })

  test.skipIf(!hasProgram('script'))(
    'on a terminal it asks, does not show what is typed, and asks again (needs `script`, which makes one)',
    async () => {
      const { exitCode, output } = await answer('no')
      expect(exitCode, output).toBe(0)
      expect(output).toMatch(
        /URL of production[\s\S]*must be a URL such as[\s\S]*URL of production[\s\S]*URL of staging/,
      )
      expect(output).not.toContain(pair.source.url)
      expect(readFileSync(join(folder, '.env'), 'utf8')).toContain(pair.target.url)
      expect(output.replaceAll(/\s+/g, ' ')).toContain(
        `ALTER DATABASE "${pair.source.name}" SET mbsync.protected = 'on'`,
      )
      expect(await isProtected(), 'it was answered with no').toBe(false)
    },
  )

  test.skipIf(!hasProgram('script'))(
    'Ctrl-C at a question ends with 130 and writes nothing (needs `script`, which makes a terminal)',
    async () => {
      const typed = [{ after: '(not shown): ', text: CTRL_C }]
      const { exitCode, output } = await onTerminal(['init'], { cwd: folder, typed })
      expect([exitCode, readdirSync(folder)], output).toEqual([130, []])
      expect(output).toMatch(/\(not shown\): \s*✖ Interrupted by SIGINT; nothing has changed\s*$/)
    },
  )

  test.skipIf(!hasProgram('script'))(
    'on a terminal it offers to protect production in the database itself (needs `script`, which makes one)',
    async () => {
      const { exitCode, output } = await answer('yes')
      expect(exitCode, output).toBe(0)
      expect(output).toContain('production is protected: mbsync will never write to it')
      expect(await isProtected()).toBe(true)
      const again = await mbsync('init', '--force')
      expect([again.exitCode, again.output]).toEqual([0, expect.not.stringContaining('ALTER DATABASE')])
      const swapped = [BIN, 'import', 'x', '--to', pair.source.url]
      expect((await runProgram(process.execPath, swapped, { cwd: folder, env: { PATH } })).exitCode).toBe(3)
      await pair.source.client.query(`ALTER DATABASE ${pair.source.name} RESET mbsync.protected`)
    },
  )

  test('without a terminal it prints how to protect production, whatever MBSYNC_YES says, and does not do it', async () => {
    const env = { PATH, MBSYNC_YES: '1' }
    const { output } = await runProgram(process.execPath, [BIN, 'init', ...urls()], { cwd: folder, env })
    expect(output).toContain(`ALTER DATABASE "${pair.source.name}" SET mbsync.protected = 'on'`)
    expect(await isProtected()).toBe(false)
  })
})

/** Runs `mbsync init` on a terminal of its own, and answers each question as it comes. */
function answer(protection: 'yes' | 'no') {
  const after = '(not shown): '
  const typed = [
    { after, text: 'nonsense' },
    { after, text: pair.source.url },
    { after, text: pair.target.url },
    { after: 'Type yes to continue: ', text: protection },
  ]
  return onTerminal(['init'], { cwd: folder, typed })
}

async function isProtected(): Promise<boolean> {
  const { rowCount } = await pair.source.client.query(
    `SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
     WHERE datname = current_database() AND 'mbsync.protected=on' = ANY (setconfig)`,
  )
  return rowCount === 1
}
