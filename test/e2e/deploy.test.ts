import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { packMbsync, REPOSITORY } from '../support/pack.ts'
import { hasProgram, runProgram } from '../support/run-program.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY);'
const SCRIPT = join(REPOSITORY, 'deploy/deploy.sh')

let pair: DatabasePair
let scratch: string
let tarball: string

beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
  scratch = mkdtempSync(join(tmpdir(), 'mbsync-deploy-'))
  tarball = await packMbsync(scratch)
})
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true })
  await pair?.drop()
})

const deploy = (root: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env) =>
  runProgram(SCRIPT, ['--root', root, '--tarball', tarball, ...args], { env })

function envFile(): string {
  const path = join(scratch, 'first.env')
  writeFileSync(
    path,
    `PRODUCTION_DATABASE_URL='${pair.source.url}'\nSTAGING_DATABASE_URL='${pair.target.url}'\n`,
  )
  return path
}

/** The package with another version in it, and if asked, a program that does not start. */
async function repack(version: string, options: { readonly isBroken?: boolean } = {}): Promise<string> {
  const folder = join(scratch, `repacked-${version}`)
  mkdirSync(folder)
  await runProgram('tar', ['-xzf', tarball, '-C', folder])
  const path = join(folder, 'package/package.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), version }, null, 2))
  if (options.isBroken) writeFileSync(join(folder, 'package/bin/mbsync.js'), 'process.exit(9)')
  const packed = join(scratch, `mbsync-${version}.tgz`)
  await runProgram('tar', ['-I', 'gzip -1', '-cf', packed, '-C', folder, 'package'])
  return packed
}

describe('deploy.sh', () => {
  test('installs, changes nothing when asked again, upgrades, and rolls back', async () => {
    const root = join(scratch, 'root')
    const opt = (name: string) => join(root, 'opt/mbsync', name)
    const home = join(root, 'srv/mbsync')
    const version = async () =>
      (await runProgram(join(root, 'usr/local/bin/mbsync'), ['--version'])).output.trim()

    const first = await deploy(root, ['--env', envFile()])
    expect(first.exitCode, first.output).toBe(0)
    expect(first.output).toContain('`mbsync sync prod-to-staging` would run')
    expect(statSync(join(home, '.env')).mode & 0o777).toBe(0o600)
    const before = readlinkSync(opt('current'))

    const again = await deploy(root)
    expect(again.exitCode, again.output).toBe(0)
    expect([readlinkSync(opt('current')), readdirSync(opt('.')).sort()]).toEqual([
      before,
      ['bin', 'current', 'versions'],
    ])

    writeFileSync(join(home, '.env'), `${readFileSync(envFile(), 'utf8')}# mine\n`)
    const upgraded = await deploy(root, ['--env', envFile(), '--tarball', await repack('9.9.9')])
    expect(upgraded.exitCode, upgraded.output).toBe(0)
    expect(upgraded.output).toContain('.env is left as it is')
    expect(readFileSync(join(home, '.env'), 'utf8')).toContain('# mine')
    expect([await version(), readlinkSync(opt('previous'))]).toEqual(['9.9.9', before])

    const broken = await deploy(root, ['--tarball', await repack('9.9.10', { isBroken: true })])
    expect([broken.exitCode, await version()]).toEqual([1, '9.9.9'])
    expect(broken.output).toContain('nothing was switched')

    const rolledBack = await deploy(root, ['--rollback'])
    expect(rolledBack.exitCode, rolledBack.output).toBe(0)
    expect([readlinkSync(opt('current')), basename(readlinkSync(opt('previous')))]).toEqual([
      before,
      expect.stringMatching(/^9\.9\.9-/),
    ])
  })

  test('ends with the status of a check that finds something, and says what is left to do', async () => {
    const root = join(scratch, 'unfinished')
    const { exitCode, output } = await deploy(root, ['--profile', 'other'])
    expect(exitCode, output).toBe(2)
    expect(output).toMatch(
      /\.env must be filled in[\s\S]*mbsync is installed, but `mbsync check other` ended with 2/,
    )
    expect((await deploy(join(scratch, 'nothing'), ['--rollback'])).output).toContain('no version before')
  })

  test('brings Node where it is missing, if its checksum is right', async () => {
    const tools = join(scratch, 'tools')
    mkdirSync(tools)
    for (const tool of readdirSync('/usr/bin'))
      if (!/^node(js)?$/.test(tool)) symlinkSync(join('/usr/bin', tool), join(tools, tool))
    const mirror = await mirrorOfNode()
    const args = ['--env', envFile(), '--node', `file://${mirror}`]
    const root = join(scratch, 'without-node')
    const installed = await deploy(root, args, { PATH: tools })
    expect(installed.exitCode, installed.output).toBe(0)
    expect(readlinkSync(join(root, 'opt/mbsync/bin/node'))).toBe(join(root, 'opt/mbsync/node/bin/node'))

    const sums = join(mirror, 'SHASUMS256.txt')
    writeFileSync(sums, readFileSync(sums, 'utf8').replace(/^\w{8}/, '00000000'))
    const refused = await deploy(join(scratch, 'forged'), args, { PATH: tools })
    expect([refused.exitCode, refused.output]).toEqual([
      1,
      expect.stringContaining('does not match its checksum'),
    ])
  })

  test('called wrongly, it ends with 2 and says why', async () => {
    for (const [args, message] of [
      [[], /where to/],
      [['--root'], /needs a value/],
      [['--force', 'me@host'], /unknown option/],
      [['me@host', 'you@host'], /one host at a time/],
      [['--profile', 'a;b', 'me@host'], /letters, digits/],
    ] as const) {
      const { exitCode, output } = await runProgram(SCRIPT, args)
      expect([exitCode, output]).toEqual([2, expect.stringMatching(message)])
    }
  })

  test.skipIf(!hasProgram('shellcheck'))(
    'its scripts satisfy shellcheck (which must be installed)',
    async () => {
      expect(await runProgram('shellcheck', [SCRIPT, join(REPOSITORY, 'deploy/install.sh')])).toEqual({
        exitCode: 0,
        output: '',
      })
    },
  )

  test.skipIf(!hasProgram('systemd-analyze'))(
    'its units satisfy systemd (which must be installed)',
    async () => {
      const folder = join(scratch, 'units')
      mkdirSync(folder)
      const program = join(scratch, 'mbsync')
      writeFileSync(program, '')
      chmodSync(program, 0o755)
      for (const name of ['mbsync@.service', 'mbsync@.timer']) {
        const unit = readFileSync(join(REPOSITORY, 'deploy/systemd', name), 'utf8')
        writeFileSync(join(folder, name), unit.replace('/usr/local/bin/mbsync', program))
      }
      const files = [join(folder, 'mbsync@.service'), join(folder, 'mbsync@.timer')]
      expect(await runProgram('systemd-analyze', ['verify', ...files])).toEqual({ exitCode: 0, output: '' })
    },
  )
})

/** What nodejs.org offers for this machine, with a link to this Node in place of one of its own. */
async function mirrorOfNode(): Promise<string> {
  const folder = join(scratch, 'mirror')
  const name = `node-${process.version}-linux-${process.arch}`
  mkdirSync(join(folder, name, 'bin'), { recursive: true })
  symlinkSync(process.execPath, join(folder, name, 'bin/node'))
  await runProgram('tar', ['-czf', join(folder, `${name}.tar.gz`), '-C', folder, name])
  const sum = createHash('sha256')
    .update(readFileSync(join(folder, `${name}.tar.gz`)))
    .digest('hex')
  writeFileSync(join(folder, 'SHASUMS256.txt'), `${sum}  ${name}.tar.gz\n`)
  return folder
}
