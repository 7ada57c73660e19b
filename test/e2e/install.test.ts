import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { packMbsync, REPOSITORY } from '../support/pack.ts'
import { runProgram } from '../support/run-program.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY);'
const NOBODY = 65534
const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))

let pair: DatabasePair
let scratch: string
let prefix: string

beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: `${SCHEMA} INSERT INTO item VALUES (1)`, targetSql: SCHEMA })
  scratch = mkdtempSync(join(tmpdir(), 'mbsync-install-'))
  chmodSync(scratch, 0o755)
  prefix = join(scratch, 'prefix')
  const tarball = await packMbsync(scratch)
  const { exitCode, output } = await runProgram('npm', [
    'install',
    '--global',
    '--omit=dev',
    // The package brings what it needs: no registry and no compiler is asked for anything.
    '--offline',
    `--prefix=${prefix}`,
    tarball,
  ])
  expect(exitCode, output).toBe(0)
})
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true })
  await pair?.drop()
})

/** A command line as cron runs it: two folders in PATH, and nothing else in the environment. */
function asCron(commandLine: string, cwd: string, uid = process.getuid?.() ?? 0) {
  const env = { PATH: `${join(prefix, 'bin')}:${dirname(process.execPath)}` }
  return runProgram('/bin/sh', ['-c', commandLine], { cwd, env, uid, gid: uid })
}

function folderFor(uid: number): string {
  const folder = join(scratch, `home-${uid}`)
  mkdirSync(folder)
  writeFileSync(
    join(folder, '.env'),
    `PRODUCTION_DATABASE_URL='${pair.source.url}'\nSTAGING_DATABASE_URL='${pair.target.url}'\n`,
    { mode: 0o600 },
  )
  for (const path of [folder, join(folder, '.env')]) chownSync(path, uid, uid)
  return folder
}

test('the package has no other packages, no sources and no tests', () => {
  const home = join(prefix, 'lib/node_modules/mbsync')
  for (const left of ['node_modules', 'src', 'test', '.env'])
    expect(existsSync(join(home, left)), left).toBe(false)
})

test('installed globally, mbsync runs under an environment as bare as that of cron', async () => {
  expect(await asCron('mbsync --version', '/')).toEqual({ exitCode: 0, output: `${version}\n` })
  const run = await asCron('mbsync sync --json 2>> mbsync.log', folderFor(process.getuid?.() ?? 0))
  expect(run.exitCode, run.output).toBe(0)
  expect(JSON.parse(run.output)).toMatchObject({ profile: 'prod-to-staging', totals: { inserted: 1 } })
})

test.skipIf(process.getuid?.() !== 0)(
  'and as a user without privileges (needs root to become one)',
  async () => {
    const run = await asCron('mbsync check --quiet && mbsync sync --quiet', folderFor(NOBODY), NOBODY)
    expect(run.exitCode, run.output).toBe(0)
  },
)

test('the last stage of the Dockerfile makes an image that starts', async () => {
  const root = join(scratch, 'image')
  for (const folder of ['opt', 'usr/local/bin', 'srv']) mkdirSync(join(root, folder), { recursive: true })
  cpSync(join(prefix, 'lib/node_modules/mbsync'), join(root, 'opt/mbsync'), { recursive: true })
  const [, , stage = ''] = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8').split(/^FROM /m)
  const [, steps = ''] = /^RUN ((?:.*\\\n)*.*)$/m.exec(stage) ?? []
  // The user of the image is not one of this machine.
  const here = steps.replaceAll(/ (\/(?:opt|usr|srv)\/)/g, ` ${root}$1`).replace('-o node -g node ', '')
  expect(await runProgram('sh', ['-ec', here])).toEqual({ exitCode: 0, output: '' })
  const [, command = '[]'] = /^CMD (.*)$/m.exec(stage) ?? []
  const env = { PATH: `${join(root, 'usr/local/bin')}:${dirname(process.execPath)}:/usr/bin:/bin` }
  const started = await runProgram('sh', ['-c', `exec ${JSON.parse(command).join(' ')}`], { cwd: '/', env })
  expect([started.exitCode, started.output]).toEqual([0, expect.stringContaining('Usage: mbsync')])
  expect((await runProgram('sh', ['-c', 'mbsync-cron'], { env })).output).toContain('name a crontab')
})
