import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { configFolder, load, PRODUCTION_URL, STAGING_URL, URLS } from './config-folder.ts'

describe('without a file', () => {
  test('production, protected, and staging come from the environment, with the profile between them', () => {
    const config = loadConfig({ cwd: configFolder(), env: URLS })
    expect(config).toMatchObject({ path: undefined, defaultProfile: 'prod-to-staging' })
    expect([...config.databases.values()]).toStrictEqual([
      { name: 'production', url: PRODUCTION_URL, isProtected: true },
      { name: 'staging', url: STAGING_URL, isProtected: false },
    ])
    expect(config.profiles.get('prod-to-staging')).toMatchObject({
      name: 'prod-to-staging',
      from: { name: 'production' },
      to: { name: 'staging' },
      include: [{ text: '*.*' }],
      exclude: [],
      where: [],
      columns: [],
      jobs: 4,
      timeouts: { connectMs: 10_000, lockMs: 30_000, silenceMs: 300_000 },
      undoRuns: 3,
      recheck: 7,
      backup: 'undo',
      largeObjects: 'leave',
      strategy: 'auto',
      swap: { keep: 1, locale: 'source', switchMs: 10_000 },
    })
  })

  test('a missing variable is remembered and fails nothing yet', () => {
    const config = loadConfig({ cwd: configFolder(), env: { PRODUCTION_DATABASE_URL: PRODUCTION_URL } })
    expect([...config.databases.keys()]).toStrictEqual(['production'])
    expect(config.profiles.size).toBe(0)
    expect([...config.unavailable]).toStrictEqual([
      [
        'staging',
        {
          problem: 'the variable STAGING_DATABASE_URL is not set; set it in the environment or in .env',
          isSet: false,
        },
      ],
    ])
  })

  test('a variable that holds no URL is remembered without its value', () => {
    const config = loadConfig({ cwd: configFolder(), env: { ...URLS, STAGING_DATABASE_URL: 's3cret' } })
    expect(config.unavailable.get('staging')?.problem).toMatch(
      /^the variable STAGING_DATABASE_URL must be a URL/,
    )
    expect(config.unavailable.get('staging')?.problem).not.toContain('s3cret')
  })
})

describe('beside a file', () => {
  test('the built-in databases can be named by its profiles', () => {
    const config = load('profiles: { nightly: { from: production, to: staging } }')
    expect(config.profiles.get('nightly')?.from).toStrictEqual(config.databases.get('production'))
    expect(config.databases.get('production')?.isProtected).toBe(true)
  })

  test('the built-in profile is there, and uses databases that the file declares under the built-in names', () => {
    const config = load('databases: { staging: { url: "postgres://me:pw@other/app" } }')
    expect(config.profiles.get('prod-to-staging')?.to.url).toBe('postgres://me:pw@other/app')
  })

  test('what it declares replaces what is built in under the same name', () => {
    const config = load('profiles: { prod-to-staging: { from: production, to: staging, jobs: 9 } }')
    expect(config.profiles.size).toBe(1)
    expect(config.profiles.get('prod-to-staging')?.jobs).toBe(9)
  })

  test('a variable of the built-in databases that no profile of it needs may be missing', () => {
    const config = load('databases: { production: { url: postgres://a/b } }', {})
    expect([...config.unavailable.keys()]).toStrictEqual(['staging'])
  })

  test('its only profile is the default one, and prod-to-staging is among several', () => {
    const profile = '{ from: production, to: staging }'
    expect(load(`profiles: { nightly: ${profile} }`).defaultProfile).toBe('nightly')
    expect(load(`profiles: { a: ${profile}, b: ${profile} }`).defaultProfile).toBe('prod-to-staging')
  })

  test.each(['', '# nothing yet', '---\n'])('an empty one changes nothing: %j', (yaml) => {
    expect([...load(yaml).profiles.keys()]).toStrictEqual(['prod-to-staging'])
  })
})
