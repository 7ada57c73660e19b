import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Config, Profile } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { configFolder, PRODUCTION_URL, STAGING_URL, URLS, usageErrorOf } from './config-folder.ts'

const DATABASES = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}", protected: true }
  staging: { url: "\${STAGING_DATABASE_URL}" }
`

function load(yaml: string, env: Record<string, string> = URLS): Config {
  return loadConfig({ cwd: configFolder({ 'mbsync.yaml': yaml }), env })
}

/** The only profile of a file, whose keys besides `from` and `to` are these. */
function loadProfile(keys: string): Profile {
  const config = load(`${DATABASES}
profiles:
  nightly: { from: production, to: staging, ${keys} }`)
  const profile = config.profiles.get('nightly')
  if (profile === undefined) throw new Error('The profile was not loaded')
  return profile
}

describe('the keys of the file', () => {
  test('databases.*.url and databases.*.protected', () => {
    const config = load('databases: { here: { url: "postgres:///app?host=/tmp", protected: true } }')
    expect(config.databases.get('here')).toStrictEqual({
      name: 'here',
      url: 'postgres:///app?host=/tmp',
      isProtected: true,
    })
  })

  test('profiles.*.from and profiles.*.to name databases', () => {
    const profile = loadProfile('')
    expect([profile.from.url, profile.to.url]).toStrictEqual([PRODUCTION_URL, STAGING_URL])
    expect([profile.from.isProtected, profile.to.isProtected]).toStrictEqual([true, false])
  })

  test('profiles.*.include and profiles.*.exclude are patterns', () => {
    const { include, exclude } = loadProfile(
      `include: ['public.*', 'shop."Odd.*"'], exclude: ['*.audit_log']`,
    )
    expect(include.map(({ text }) => text)).toStrictEqual(['public.*', 'shop."Odd.*"'])
    expect(exclude.map(({ text }) => text)).toStrictEqual(['*.audit_log'])
  })

  test('profiles.*.where maps table names to conditions', () => {
    const { where } = loadProfile(`where: { 'public."Event"': "created_at > now()", shop.orders: total > 0 }`)
    expect(where).toStrictEqual([
      { table: { schema: 'public', name: 'Event' }, condition: 'created_at > now()' },
      { table: { schema: 'shop', name: 'orders' }, condition: 'total > 0' },
    ])
  })

  test('profiles.*.backup', () => {
    expect(loadProfile('backup: dump').backup).toBe('dump')
  })

  test('profiles.*.jobs, timeouts.connect, timeouts.lock and undo.keep', () => {
    const profile = loadProfile('jobs: 32, timeouts: { connect: 500ms, lock: 2m }, undo: { keep: 0 }')
    expect(profile).toMatchObject({ jobs: 32, timeouts: { connectMs: 500, lockMs: 120_000 }, undoRuns: 0 })
  })

  test('backups.folder, relative to the file, backups.keep.last and backups.keep.days', () => {
    const cwd = configFolder({
      'mbsync.yaml': `${DATABASES}backups: { folder: ../safe, keep: { last: 7, days: 30 } }`,
    })
    const { backups } = loadConfig({ cwd, env: URLS })
    expect(backups).toStrictEqual({ folder: join(cwd, '../safe'), keepLast: 7, keepDays: 30 })
  })

  test('backups are kept beside the file unless told otherwise', () => {
    const cwd = configFolder()
    const { backups } = loadConfig({ cwd, env: URLS })
    expect(backups).toStrictEqual({ folder: join(cwd, 'backups'), keepLast: 3, keepDays: 0 })
  })

  test('a duration that is not given keeps its default beside one that is', () => {
    expect(loadProfile('timeouts: { lock: 1h }').timeouts).toStrictEqual({
      connectMs: 10_000,
      lockMs: 3_600_000,
    })
  })
})

test('everything in a configuration is frozen', () => {
  const config = load(`${DATABASES}profiles: { nightly: { from: production, to: staging } }`)
  const profile = config.profiles.get('nightly')
  for (const value of [config, profile, profile?.from, profile?.include, profile?.timeouts]) {
    expect(Object.isFrozen(value)).toBe(true)
  }
})

test('the environment is left as it was', () => {
  const before = { ...process.env }
  const env = Object.freeze({})
  const cwd = configFolder({ '.env': 'STAGING_DATABASE_URL=postgres://from-file/app' })
  expect(loadConfig({ cwd, env }).databases.get('staging')?.url).toBe('postgres://from-file/app')
  expect({ ...process.env }).toStrictEqual(before)
})

test('a file elsewhere is read in place of mbsync.yaml', () => {
  const cwd = configFolder({ 'mbsync.yaml': 'broken: [', 'other.yaml': 'databases: {}' })
  expect(loadConfig({ cwd, env: {}, configPath: 'other.yaml' }).path).toBe(join(cwd, 'other.yaml'))
})

test('a folder in place of the file is an error that says so', () => {
  const error = usageErrorOf(() => loadConfig({ cwd: configFolder({ 'mbsync.yaml': undefined }), env: {} }))
  expect(error.message).toMatch(/mbsync\.yaml cannot be read$/)
})
