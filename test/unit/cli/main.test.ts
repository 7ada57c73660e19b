import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { VERSION } from '../../../src/core/version.ts'
import { captureSurroundings } from '../../support/captured-surroundings.ts'

async function mbsync(commandLine: string, cwd = '/nowhere') {
  const surroundings = captureSurroundings({ cwd })
  const words = commandLine === '' ? [] : commandLine.split(' ')
  const exitCode = await main(['node', 'mbsync', ...words], surroundings)
  return { exitCode, stdout: surroundings.stdout.text, stderr: surroundings.stderr.text }
}

test.each([
  '',
  'sync',
  'full-sync',
  'check',
  'status',
  'rollback',
  'verify',
  'export',
  'import',
  'init',
  'completion',
])('mbsync %s --help', async (command) => {
  const { exitCode, stdout } = await mbsync(`${command} --help`.trim())
  expect(exitCode).toBe(0)
  expect(stdout).toMatchSnapshot()
})

test.each([
  ['help', 'Usage: mbsync [options]'],
  ['help sync', 'Usage: mbsync sync'],
  ['help dumps', 'Usage: mbsync dumps'],
  ['help dumps verify', 'Usage: mbsync dumps verify'],
  ['dumps help verify', 'Usage: mbsync dumps verify'],
])('mbsync %s prints the help of the command', async (commandLine, usage) => {
  const { exitCode, stdout, stderr } = await mbsync(commandLine)
  expect([exitCode, stderr]).toStrictEqual([0, ''])
  expect(stdout).toContain(usage)
})

test('--version prints the version', async () => {
  expect(await mbsync('--version')).toStrictEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: '' })
})

test('without a command the help is printed on stderr, as a usage error', async () => {
  const { exitCode, stdout, stderr } = await mbsync('')
  expect([exitCode, stdout]).toStrictEqual([2, ''])
  expect(stderr).toContain('Usage: mbsync')
})

test.each([
  ['synk', 'Did you mean sync?'],
  ['help synk', "unknown command 'synk'\n(Did you mean sync?)"],
  ['help dumps verfy', 'Did you mean verify?'],
  ['dumps help verfy', 'Did you mean verify?'],
  ['typesense help rebuil', 'Did you mean rebuild?'],
  ['sync --dry-rum', 'Did you mean --dry-run?'],
  ['sync --jobs 0', 'Give a whole number from 1 to 32.'],
  ['check --jobs 33', 'Give a whole number from 1 to 32.'],
  ['check --jobs 1e1', 'Give a whole number from 1 to 32.'],
  ['status --limit none', 'Give a whole number from 1 to 10000.'],
  ['sync --quiet --verbose', 'cannot be used with'],
  ['sync --no-search --allow-mass-delete', 'cannot be used with'],
  ['typesense --rollback --rebuild', 'cannot be used with'],
  ['typesense --rejected --rollback', 'cannot be used with'],
  ['typesense --create --rejected', 'cannot be used with'],
  ['typesense --reconcile --rollback', 'cannot be used with'],
  ['typesense --rebuild --reconcile', 'cannot be used with'],
  ['typesense --allow-mass-delete --rollback', 'cannot be used with'],
  ['typesense --output file', "'--output' belongs to `mbsync typesense rejected`"],
  ['typesense --rebuild --limit 5', "'--limit' belongs to `mbsync typesense rejected`"],
  ['typesense rebuild --reconcile', 'unknown option'],
  ['sync --wait-lock soon', 'It must be a duration such as 500ms, 30s, 5m, 2h or 1d, from 1ms to 1d.'],
  ['status --max-age 26', 'It must be a duration such as'],
  ['mixedbread all --wait 600', 'It must be a duration such as'],
  ['dumps prune dumps --keep-days 0', 'It must be a duration such as'],
  ['sync one two', 'too many arguments'],
  ['verify --sample 0.00001', 'Give a percentage from 0.001 to 100, with at most three decimals.'],
])('mbsync %s is a usage error', async (commandLine, message) => {
  const { exitCode, stdout, stderr } = await mbsync(commandLine)
  expect([exitCode, stdout]).toStrictEqual([2, ''])
  expect(stderr).toContain(message)
})

test.each([
  ['export --output', '--output'],
  ['export --single-file', '--single-file'],
  ['export --from', '--from'],
  ['export --output x --table', '--table'],
  ['export --output x', 'profile'],
  ['import x --to staging --after', '--after'],
  ['import --to staging', 'dump'],
  ['sync --metrics-file', '--metrics-file'],
  ['--log-file', '--log-file', 'sync'],
  ['sync --config', '--config'],
  ['dumps verify', 'folder'],
  ['dumps prune --keep-last 1', 'folder'],
  ['schema export --output', '--output'],
  ['schema diff', 'profile'],
  ['status --html', '--html'],
  ['init --source', '--source'],
  ['forget-source', 'database'],
  ['mixedbread export --tenant 1 --output', '--output'],
  ['typesense init public.t --profile', '--profile'],
])('an empty value after `mbsync %s` is a usage error', async (before, named, after = '') => {
  const surroundings = captureSurroundings({ cwd: '/nowhere' })
  const words = [
    'node',
    'mbsync',
    ...before.split(' '),
    '',
    ...after.split(' ').filter((word) => word !== ''),
  ]
  expect(await main(words, surroundings)).toBe(2)
  expect(surroundings.stderr.text).toContain(`${named}`)
  expect(surroundings.stderr.text).toContain('is empty (is a variable of the shell not set?)')
})

test('with --json a usage error is a JSON object on stdout, too', async () => {
  const { exitCode, stdout } = await mbsync('--json sync --jobs x')
  expect(exitCode).toBe(2)
  expect(JSON.parse(stdout).error).toMatchObject({ status: 'usage', exitCode: 2 })
})

test('init --blank writes a configuration, once', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'mbsync-cli-'))
  try {
    const { exitCode, stdout } = await mbsync('init --blank', cwd)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('PRODUCTION_DATABASE_URL')
    expect(await readFile(join(cwd, 'mbsync.yaml'), 'utf8')).toContain('profiles')
    expect((await mbsync('init --blank', cwd)).exitCode).toBe(2)
    const again = await mbsync('init --blank --force --json', cwd)
    expect(JSON.parse(again.stdout).path).toBe(join(cwd, 'mbsync.yaml'))
  } finally {
    await rm(cwd, { recursive: true })
  }
})

test('a profile that does not exist is a usage error, told in the log and as JSON', async () => {
  const { exitCode, stdout, stderr } = await mbsync('check nowhere --json')
  expect(exitCode).toBe(2)
  expect(JSON.parse(stdout).error.status).toBe('usage')
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', status: 'usage', exitCode: 2 })
})

test.each([
  [
    'a full disk',
    'ENOSPC',
    1,
    /^✖ The result could not be written to stdout: the disk is full\n {2}Free some space/,
  ],
  ['a closed pipe', 'EPIPE', 0, /^$/],
])('output that is lost to %s', async (_, code, expected, said) => {
  const surroundings = captureSurroundings({ cwd: '/nowhere' })
  surroundings.stdout._write = (_chunk, _encoding, done: (error?: Error) => void) =>
    done(Object.assign(new Error('write failed'), { code }))
  expect(await main(['node', 'mbsync', 'completion', 'bash'], surroundings)).toBe(expected)
  expect(surroundings.stderr.text).toMatch(said)
})
