import { describe, expect, test } from 'vitest'
import { load, URLS, usageErrorOf } from './config-folder.ts'

function problemsOf(yaml: string, env: Record<string, string> = URLS): readonly string[] {
  return usageErrorOf(() => load(yaml, env)).problems
}

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
    columns: { 'public.*': { exclude: [a] }, public.users: { exclude: [] }, public.parts: { include: [a] } }
    jobs: 64
    timeouts: { connect: 10 seconds, lock: 30 }
    undo: { keep: -1 }
    
`),
    )
    expect(error).toMatchObject({ message: 'mbsync.yaml has 18 problems', exitCode: 2 })
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
        'profiles.prod-to-staging.columns[\'public.*\']: the key must name one table, such as public.events or public."Event", without * or ?',
        "profiles.prod-to-staging.columns['public.users'].exclude: must name a column",
        "profiles.prod-to-staging.columns['public.parts']: unknown key `include`; did you mean `exclude`?",
        "profiles.prod-to-staging.columns['public.parts'].exclude: is missing",
        'profiles.prod-to-staging.jobs: must be a whole number from 1 to 32',
        'profiles.prod-to-staging.timeouts.connect: must be a duration such as 500ms, 30s, 5m, 2h or 1d, from 1ms to 1d',
        'profiles.prod-to-staging.timeouts.lock: must be a duration such as 500ms, 30s, 5m, 2h or 1d, from 1ms to 1d',
        'profiles.prod-to-staging.undo.keep: must be a whole number from 0 to 100',
      ].toSorted(),
    )
  })

  test('of notify name the webhook, and no part of its URL', () => {
    const problems = problemsOf(`
notify:
  webhooks:
    team: { url: ftp://hooks.example.com/s3cret, format: teams, when: never, profiles: [prod-to-stagin] }
  pings: { checks: { succes: https://x.example.com, profiles: [nowhere], start: s3cret } }
  metricsFile: ''
  timeout: soon`)
    expect(problems).toStrictEqual([
      'notify.webhooks.team.url: must be an http:// or https:// URL',
      'notify.webhooks.team.format: must be json, slack or discord',
      'notify.webhooks.team.when: must be problem or always',
      'notify.pings.checks.start: must be an http:// or https:// URL',
      'notify.pings.checks: unknown key `succes`; did you mean `success`?',
      'notify.metricsFile: must not be empty',
      'notify.timeout: must be a duration such as 500ms, 30s, 5m, 2h or 1d, from 1ms to 1d',
      'notify.webhooks.team.profiles[0]: no profile has this name; did you mean `prod-to-staging`?',
      'notify.pings.checks.profiles[0]: no profile has this name',
    ])
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

  test('what has one of several forms is told what is wrong within it', () => {
    const rules = `mask: { public.users: { email: { mask: emial }, url: { mask: url, domian: a.test }, name: 5 } },
    deletes: { public.users: kepe }`
    expect(
      problemsOf(`backups: { keep: { days: -1 } }
profiles: { p: { from: production, to: staging, ${rules} } }`),
    ).toStrictEqual([
      "profiles.p.deletes['public.users']: must be follow or keep",
      "profiles.p.mask['public.users'].email.mask: no mask has this name; did you mean `email`?",
      "profiles.p.mask['public.users'].url: unknown key `domian`; did you mean `domain`?",
      "profiles.p.mask['public.users'].name: must be the name of a mask, an SQL expression, or a map with the key mask, sql or accept",
      'backups.keep.days: must be a duration such as 500ms, 30s, 5m, 2h or 1d, from 1ms to 10000d, or a number of days',
    ])
  })

  test('a protected target is no problem here: the run refuses it', () => {
    const config = load('profiles: { p: { from: staging, to: production } }')
    expect(config.profiles.get('p')?.to.isProtected).toBe(true)
  })

  test.each([
    ['another user', 'postgres://owner@db:5432/app', true],
    ['capitals, and the port that is meant', 'postgres://owner@DB/app', true],
    ['one of several hosts', 'postgres://owner@other,db/app', true],
    ['another port', 'postgres://owner@db:5433/app', false],
    ['another database', 'postgres://owner@db/other', false],
  ])('what leads to a protected database under another name is protected: by %s', (_, url, isProtected) => {
    const config = load(`databases:
  live: { url: 'postgres://reader:secret@db/app', protected: true }
  alias: { url: '${url}' }
profiles: { p: { from: staging, to: alias } }`)
    expect(config.profiles.get('p')?.to.isProtected).toBe(isProtected)
  })

  test('every spelling of this machine is one place, and each socket another', () => {
    const config = load(`databases:
  live: { url: 'postgres://a@localhost/app', protected: true }
  address: { url: 'postgres://a@127.0.0.1:5432/app' }
  socket: { url: 'postgres://a@%2Fcloudsql%2Fstaging/app' }`)
    const isProtected = (name: string) => config.databases.get(name)?.isProtected
    expect([isProtected('address'), isProtected('socket')]).toEqual([true, false])
  })

  test('an empty section, and a file that is no map, are told as such', () => {
    expect(problemsOf('databases:\n')).toStrictEqual([
      'databases: is empty; give it a value or remove the key',
    ])
    expect(problemsOf('- a')).toStrictEqual([
      'the file must be a map with the keys databases, profiles, backups, search, typesense, mixedbread and notify',
    ])
    expect(problemsOf('databases: [1]')).toStrictEqual(['databases: must be a map of keys to values'])
  })

  test('two conditions for one table are one too many', () => {
    const columns = `columns: { public.a: { exclude: [x] }, '"public".a': { exclude: [y] } }`
    expect(problemsOf(`profiles: { p: { from: production, to: staging, ${columns} } }`)).toStrictEqual([
      `profiles.p.columns['"public".a']: the table already has rules; join them`,
    ])
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
databases: { constructor: { url: postgres://a/b }, toString: { url: postgres://me:pw@c/d } }
profiles: { hasOwnProperty: { from: constructor, to: toString } }`)
  expect(config.profiles.get('hasOwnProperty')?.to.url).toBe('postgres://me:pw@c/d')
  expect(problemsOf('profiles: { p: { from: valueOf, to: __proto__ } }')).toHaveLength(2)
  expect(problemsOf('databases: { __proto__: { url: postgres://a/b } }')).toStrictEqual([
    'line 1, column 14: the key `__proto__` is reserved; choose another name',
  ])
})
