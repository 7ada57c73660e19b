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

function problemsOf(yaml: string, env: Record<string, string> = URLS): readonly string[] {
  return usageErrorOf(() => load(yaml, env)).problems
}

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
      jobs: 4,
      timeouts: { connectMs: 10_000, lockMs: 30_000 },
      undoRuns: 3,
    })
  })

  test('a missing variable is remembered and fails nothing yet', () => {
    const config = loadConfig({ cwd: configFolder(), env: { PRODUCTION_DATABASE_URL: PRODUCTION_URL } })
    expect([...config.databases.keys()]).toStrictEqual(['production'])
    expect(config.profiles.size).toBe(0)
    expect([...config.unavailable]).toStrictEqual([
      ['staging', 'the variable STAGING_DATABASE_URL is not set; set it in the environment or in .env'],
    ])
  })

  test('a variable that holds no URL is remembered without its value', () => {
    const config = loadConfig({ cwd: configFolder(), env: { ...URLS, STAGING_DATABASE_URL: 's3cret' } })
    expect(config.unavailable.get('staging')).toMatch(/^the variable STAGING_DATABASE_URL must be a URL/)
    expect(config.unavailable.get('staging')).not.toContain('s3cret')
  })
})

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

  test('profiles.*.jobs, timeouts.connect, timeouts.lock and undo.keep', () => {
    const profile = loadProfile('jobs: 32, timeouts: { connect: 500ms, lock: 2m }, undo: { keep: 0 }')
    expect(profile).toMatchObject({ jobs: 32, timeouts: { connectMs: 500, lockMs: 120_000 }, undoRuns: 0 })
  })

  test('a duration that is not given keeps its default beside one that is', () => {
    expect(loadProfile('timeouts: { lock: 1h }').timeouts).toStrictEqual({
      connectMs: 10_000,
      lockMs: 3_600_000,
    })
  })
})

describe('beside a file', () => {
  test('the built-in databases can be named by its profiles', () => {
    const config = load('profiles: { nightly: { from: production, to: staging } }')
    expect(config.profiles.get('nightly')?.from).toStrictEqual(config.databases.get('production'))
    expect(config.databases.get('production')?.isProtected).toBe(true)
  })

  test('the built-in profile is there, and uses databases that the file declares under the built-in names', () => {
    const config = load('databases: { staging: { url: "postgres://other/app" } }')
    expect(config.profiles.get('prod-to-staging')?.to.url).toBe('postgres://other/app')
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

describe('problems', () => {
  test('are told all at once, each with its path, and end with exit code 2', () => {
    const error = usageErrorOf(() =>
      load(`
database: {}
databases:
  production: { url: "\${NOPE}", protected: "yes" }
  staging: { url: mysql://writer:hush@staging/app }
  empty: {}
profiles:
  prod-to-staging:
    from: prodution
    to: staging
    exlude: ['*.audit_log']
    include: [users, 'public.*']
    where: { 'public.*': 'true', public.users: '' }
    jobs: 64
    timeouts: { connect: 10 seconds, lock: 30 }
    undo: { keep: -1 }
    
`),
    )
    expect(error).toMatchObject({ message: 'mbsync.yaml has 14 problems', exitCode: 2 })
    expect(error.problems.toSorted()).toStrictEqual(
      [
        'unknown key `database`; did you mean `databases`?',
        'databases.production.url: the variable NOPE is not set; set it in the environment or in .env',
        'databases.production.protected: must be true or false',
        'databases.staging.url: must be a URL such as postgres://user:password@host:5432/database',
        'databases.empty.url: is missing',
        'profiles.prod-to-staging.from: no database has this name; did you mean `production`?',
        'profiles.prod-to-staging: unknown key `exlude`; did you mean `exclude`?',
        'profiles.prod-to-staging.include[0]: must be a pattern such as public.* or public."Odd.Name"; for all schemas write *.name',
        'profiles.prod-to-staging.where[\'public.*\']: the key must name one table, such as public.events or public."Event", without * or ?',
        "profiles.prod-to-staging.where['public.users']: must be an SQL condition",
        'profiles.prod-to-staging.jobs: must be a whole number from 1 to 32',
        'profiles.prod-to-staging.timeouts.connect: must be a duration such as 500ms, 10s, 5m or 1h, from 1ms to 24h',
        'profiles.prod-to-staging.timeouts.lock: must be a duration such as 500ms, 10s, 5m or 1h, from 1ms to 24h',
        'profiles.prod-to-staging.undo.keep: must be a whole number from 0 to 100',
      ].toSorted(),
    )
  })

  test('never show a value, wherever a URL or a password was put', () => {
    const url = 'postgres://reader:s3cret@db/app'
    const error = usageErrorOf(() =>
      load(
        `
'${url}': 1
databases:
  '${url}': { url: '${url}?sslmode=s3cret' }
  b: '${url}'
  c: { url: ['${url}'], '${url}': 1 }
profiles:
  p:
    from: '${url}'
    to: "\${SECRET}"
    include: '${url}'
    exclude: ['${url}']
    where: { '${url}': '${url}' }
    jobs: '${url}'
    timeouts: '${url}'
    undo: { keep: "\${SECRET}" }
`,
        { ...URLS, SECRET: 's3cret' },
      ),
    )
    expect(error.problems.length).toBeGreaterThanOrEqual(12)
    expect(JSON.stringify([error.message, error.problems, error.hint, error.cause])).not.toContain('s3cret')
  })

  test('a duplicate key is told with its line, together with the others', () => {
    expect(problemsOf('databases: {}\nprofiles: {}\ndatabases: {}\nmore: 1')).toStrictEqual([
      'line 3, column 1: this key is already in the map; keep one of them',
      'unknown key `more`',
    ])
  })

  test('a profile that needs a missing built-in database names the variable', () => {
    expect(problemsOf('profiles: { p: { from: production, to: staging } }', {})).toStrictEqual([
      'profiles.p.from: the variable PRODUCTION_DATABASE_URL is not set; set it in the environment or in .env',
      'profiles.p.to: the variable STAGING_DATABASE_URL is not set; set it in the environment or in .env',
    ])
  })

  test('a profile cannot have the same source and target', () => {
    expect(problemsOf('profiles: { p: { from: staging, to: staging } }')).toStrictEqual([
      'profiles.p.to: must name another database than `from`',
    ])
  })

  test('a protected target is no problem here: the run refuses it', () => {
    const config = load('profiles: { p: { from: staging, to: production } }')
    expect(config.profiles.get('p')?.to.isProtected).toBe(true)
  })

  test('an empty section, and a file that is no map, are told as such', () => {
    expect(problemsOf('databases:\n')).toStrictEqual([
      'databases: is empty; give it a value or remove the key',
    ])
    expect(problemsOf('- a')).toStrictEqual(['the file must be a map with the keys databases and profiles'])
    expect(problemsOf('databases: [1]')).toStrictEqual(['databases: must be a map of keys to values'])
  })

  test('two conditions for one table are one too many', () => {
    const where = `where: { public.a: x > 1, '"public"."a"': y > 1 }`
    expect(problemsOf(`profiles: { p: { from: production, to: staging, ${where} } }`)).toStrictEqual([
      `profiles.p.where['"public"."a"']: the table already has a condition; join them with AND`,
    ])
  })

  test('a name must be visible', () => {
    expect(problemsOf('databases: { "": { url: postgres://a/b } }')).toStrictEqual([
      "databases['']: a name must not be empty or have control characters",
    ])
  })
})

test('names that mean something to JavaScript are names like any other', () => {
  const config = load(`
databases: { constructor: { url: postgres://a/b }, toString: { url: postgres://c/d } }
profiles: { hasOwnProperty: { from: constructor, to: toString } }`)
  expect(config.profiles.get('hasOwnProperty')?.to.url).toBe('postgres://c/d')
  expect(problemsOf('profiles: { p: { from: valueOf, to: __proto__ } }')).toHaveLength(2)
  expect(problemsOf('databases: { __proto__: { url: postgres://a/b } }')).toStrictEqual([
    'line 1, column 14: the key `__proto__` is reserved; choose another name',
  ])
})
