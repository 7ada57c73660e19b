import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/read/load-config.ts'
import { configFolder, load, PRODUCTION_URL, STAGING_URL, URLS, usageErrorOf } from './config-folder.ts'

const DATABASES = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}", protected: true }
  staging: { url: "\${STAGING_DATABASE_URL}" }
`

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
    const config = load('databases: { here: { url: "postgres://me:pw@/app?host=/tmp", protected: true } }')
    expect(config.databases.get('here')).toStrictEqual({
      name: 'here',
      url: 'postgres://me:pw@/app?host=/tmp',
      isProtected: true,
    })
  })

  test('databases.*.trust, where an empty list is not the same as none', () => {
    const config = load(`databases:
  here: { url: "postgres:///app?host=/tmp", trust: [app_owner, 'Odd "Role"'] }
  there: { url: "postgres:///other?host=/tmp", trust: [] }`)
    expect(config.databases.get('here')?.trustedRoles).toStrictEqual(['app_owner', 'Odd "Role"'])
    expect(config.databases.get('there')?.trustedRoles).toStrictEqual([])
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

  test('profiles.*.keep maps table names to conditions or whole tables; profiles.*.deletes is a word, or one for each table', () => {
    const [user, flag] = ['User', 'flag'].map((name) => ({ schema: 'public', name }))
    const { keep, deletes } = loadProfile(
      `keep: { 'public."User"': "email LIKE '%@staging'", public.flag: true }, deletes: { 'public."User"': follow, public.flag: keep }`,
    )
    expect(keep).toStrictEqual([
      { table: user, rows: "email LIKE '%@staging'" },
      { table: flag, rows: true },
    ])
    expect(deletes).toStrictEqual({
      others: 'follow',
      tables: [
        { table: user, deletes: 'follow' },
        { table: flag, deletes: 'keep' },
      ],
    })
    expect(loadProfile('deletes: keep').deletes).toStrictEqual({ others: 'keep', tables: [] })
    expect(loadProfile('jobs: 2')).toMatchObject({ keep: [], deletes: { others: 'follow', tables: [] } })
    for (const wrong of ['keep: { public.flag: false }', 'keep: { "public.*": true }', 'deletes: never'])
      expect(() => loadProfile(wrong)).toThrow()
    expect(() => loadProfile(`keep: { public.flag: true, 'public."flag"': true }`)).toThrow()
  })

  test('profiles.*.columns maps table names to columns that are left out', () => {
    const { columns } = loadProfile(`columns: { 'public."Part"': { exclude: [legacy, "Old Name"] } }`)
    expect(columns).toStrictEqual([
      { table: { schema: 'public', name: 'Part' }, exclude: ['legacy', 'Old Name'] },
    ])
  })

  test('profiles.*.mask maps columns to ready-made masks, SQL expressions and what is accepted; profiles.*.privacy is strict or not', () => {
    const { mask, privacy } = loadProfile(
      `mask: { 'public."User"': { email: email, gone: null, name: { mask: name, locale: de, where: NOT staff }, note: 'left(note, 1)', city: { accept: public } } }, privacy: strict`,
    )
    expect(privacy).toBe('strict')
    expect(mask).toMatchObject([
      {
        table: { schema: 'public', name: 'User' },
        columns: [
          { column: 'email', mask: { kind: 'email', domain: 'example.test' } },
          { column: 'gone', mask: { kind: 'null' } },
          { column: 'name', mask: { kind: 'name', locale: 'de', where: 'NOT staff' } },
          { column: 'note', mask: { kind: 'sql', expression: 'left(note, 1)' } },
          { column: 'city', mask: { kind: 'accept', reason: 'public' } },
        ],
      },
    ])
  })

  test('profiles.*.schema, profiles.*.owner and profiles.*.grants', () => {
    expect(loadProfile('schema: create, owner: source, grants: source')).toMatchObject({
      schema: 'create',
      owner: 'source',
      grants: 'source',
    })
    expect(loadProfile('jobs: 2')).toMatchObject({
      schema: 'check',
      owner: 'connecting role',
      grants: 'none',
    })
  })

  test('profiles.*.largeObjects', () => {
    expect(loadProfile('largeObjects: copy').largeObjects).toBe('copy')
  })

  test('databases.*.maintenanceUrl', () => {
    const text = `databases: { there: { url: "postgres:///app?host=/tmp", maintenanceUrl: "postgres:///admin?host=/tmp" } }`
    const { url, maintenanceUrl } = load(text).databases.get('there') ?? {}
    // Both get what libpq would add, such as a user.
    expect(maintenanceUrl?.replace('admin', 'app')).toBe(url)
    expect(() => load(text.replace('postgres:///admin', 'admin'))).toThrow()
  })

  test('profiles.*.strategy', () => {
    expect(loadProfile('strategy: load').strategy).toBe('load')
    expect(loadProfile('jobs: 4').strategy).toBe('auto')
    expect(loadProfile('strategy: swap').strategy).toBe('swap')
    expect(() => loadProfile('strategy: copy')).toThrow()
  })

  test('profiles.*.swap and profiles.*.timeouts.switch', () => {
    const usual = { verify: 'counts', auto: 'never', publications: false }
    expect(loadProfile('jobs: 4').swap).toEqual({ keep: 1, locale: 'source', switchMs: 10_000, ...usual })
    expect(loadProfile('swap: { keep: 0, locale: target }, timeouts: { switch: 2s }').swap).toEqual({
      keep: 0,
      locale: 'target',
      switchMs: 2000,
      ...usual,
    })
    expect(loadProfile('swap: { verify: full, auto: allow, publications: true }').swap).toMatchObject({
      verify: 'full',
      auto: 'allow',
      publications: true,
    })
    expect(() => loadProfile('swap: { keep: 11 }')).toThrow()
  })

  test('profiles.*.after', () => {
    expect(loadProfile('jobs: 4').after).toBeUndefined()
    expect(loadProfile("after: 'sql/*.sql'").after?.patterns).toEqual(['sql/*.sql'])
    expect(loadProfile('after: [a.sql, b.sql]').after?.patterns).toEqual(['a.sql', 'b.sql'])
    expect(() => loadProfile('after: [7]')).toThrow()
  })

  test('profiles.*.drift and profiles.*.accept', () => {
    expect(loadProfile('drift: skip, accept: [role, only-in-target]')).toMatchObject({
      drift: 'skip',
      accept: ['role', 'only-in-target'],
    })
  })

  test('profiles.*.backup', () => {
    expect(loadProfile('backup: dump').backup).toBe('dump')
  })

  test('profiles.*.jobs, timeouts.connect, timeouts.lock, timeouts.silence, incremental.recheck and undo.keep', () => {
    const profile = loadProfile(
      'jobs: 32, timeouts: { connect: 500ms, lock: 2m, silence: 90s }, incremental: { recheck: 1 }, undo: { keep: 0 }',
    )
    const timeouts = { connectMs: 500, lockMs: 120_000, silenceMs: 90_000 }
    expect(profile).toMatchObject({ jobs: 32, timeouts, recheck: 1, undoRuns: 0 })
  })

  test('backups.folder, relative to the file, backups.keep.last and backups.keep.days', () => {
    const cwd = configFolder({
      'mbsync.yaml': `${DATABASES}backups: { folder: ../safe, keep: { last: 7, days: 30 } }`,
    })
    const { backups } = loadConfig({ cwd, env: URLS })
    expect(backups).toStrictEqual({ folder: join(cwd, '../safe'), keepLast: 7, keepDays: 30 })
  })

  test('backups.keep.days takes a duration, too', () => {
    const cwd = configFolder({ 'mbsync.yaml': `${DATABASES}backups: { keep: { days: 36h } }` })
    expect(loadConfig({ cwd, env: URLS }).backups.keepDays).toBe(1.5)
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
      silenceMs: 300_000,
    })
  })
})

describe('search indexes', () => {
  const typesense = `${DATABASES}
profiles: { nightly: { from: production, to: staging, search: [products, copy] } }
search:
  products:
    { type: typesense, query: "SELECT 1 AS key;", id: key, collection: goods, maxDeletePercent: 5, maxRejectPercent: 0, keep: 2,
      batch: { documents: 10, bytes: 1000 }, parallel: 2, import: { dirty_values: drop }, keys: { public."Product": "id + 1" },
      schema: { fields: [{ name: title, type: string, facet: true }], default_sorting_field: title } }
  copy: { type: ndjson, table: 'public."Product"', file: out/products.ndjson }
typesense: { nodes: ['https://search.example.com/base/'], key: secret, timeouts: { connect: 1s, request: 2m, ready: 20m } }`

  test('of type typesense, with its server', () => {
    const config = load(typesense)
    expect(config.searchIndexes.get('products')).toStrictEqual({
      name: 'products',
      documents: 'SELECT 1 AS key',
      idColumn: 'key',
      keys: [{ table: { schema: 'public', name: 'Product' }, id: 'id + 1' }],
      maxDeletePercent: 5,
      maxRejectPercent: 0,
      keep: 2,
      home: {
        type: 'typesense',
        collection: 'goods',
        schema: {
          fields: [{ name: 'title', type: 'string', facet: true }],
          default_sorting_field: 'title',
        },
        importParameters: { dirty_values: 'drop' },
        batch: { documents: 10, bytes: 1000 },
        parallel: 2,
        server: {
          nodes: [{ protocol: 'https', host: 'search.example.com', port: 443, path: '/base' }],
          apiKey: 'secret',
          connectMs: 1000,
          requestMs: 120_000,
          readyMs: 1_200_000,
        },
      },
    })
  })

  test('of type ndjson, with a file relative to this one', () => {
    const cwd = configFolder({ 'mbsync.yaml': typesense })
    const copy = loadConfig({ cwd, env: URLS }).profiles.get('nightly')?.search[1]
    expect(copy).toMatchObject({
      documents: { schema: 'public', name: 'Product' },
      idColumn: 'id',
      keys: [],
      home: { type: 'ndjson', file: join(cwd, 'out/products.ndjson') },
    })
  })

  test.each([
    [
      { TYPESENSE_URL: 'https://a.example.com, http://b.example.com:8108' },
      ['https a.example.com 443', 'http b.example.com 8108'],
    ],
    [{ TYPESENSE_HOST: 'c', TYPESENSE_PORT: '1', TYPESENSE_PROTOCOL: 'https' }, ['https c 1']],
    [{ TYPESENSE_HOST: 'c' }, ['http c 8108']],
  ])('whose server is told by %o', (variables, expected) => {
    const env = { ...URLS, ...variables, TYPESENSE_API_KEY: 'secret' }
    const home = load('search: { p: { type: typesense, query: SELECT 1 } }', env).searchIndexes.get('p')?.home
    const server = home?.type === 'typesense' ? home.server : undefined
    expect(
      server !== undefined && 'nodes' in server
        ? server.nodes.map((n) => `${n.protocol} ${n.host} ${n.port}`)
        : server,
    ).toEqual(expected)
  })

  test.each([
    [{}, 'no Typesense server is configured: set TYPESENSE_URL'],
    [{ TYPESENSE_URL: 'search' }, 'TYPESENSE_URL must be a URL'],
    [{ TYPESENSE_URL: 'http://user:password@search' }, 'TYPESENSE_URL must be a URL'],
    [{ TYPESENSE_URL: 'http://search' }, 'the variable TYPESENSE_API_KEY is not set'],
  ])('whose server is not told by %o', (variables, expected) => {
    const home = load('search: { p: { type: typesense, query: SELECT 1 } }', {
      ...URLS,
      ...variables,
    }).searchIndexes.get('p')?.home
    expect(home).toMatchObject({ server: { problem: expect.stringContaining(expected) } })
  })

  const mixedbread = `search:
  semantic:
    { type: mixedbread, store: docs, parallel: 3, entities: {
        material: { table: 'public."Material"', id: uid, global: shared, tenant: owner, text: body, metadata: { title: name } },
        work: { query: SELECT * FROM public.works; } } }
mixedbread: { key: secret, url: 'https://mixedbread.example.com', timeout: 5s, ratePercent: 50 }`

  test('of type mixedbread, with its types of documents and its account', () => {
    expect(load(mixedbread).searchIndexes.get('semantic')).toMatchObject({
      documents: [
        {
          name: 'material',
          rows: { schema: 'public', name: 'Material' },
          id: 'uid',
          global: 'shared',
          tenant: 'owner',
          text: 'body',
          metadata: { title: 'name' },
        },
        {
          name: 'work',
          rows: 'SELECT * FROM public.works',
          id: 'id',
          global: 'is_global = true',
          tenant: 'tenant_id',
          text: 'text',
          metadata: {},
        },
      ],
      home: {
        type: 'mixedbread',
        parallel: 3,
        account: {
          apiKey: 'secret',
          baseUrl: 'https://mixedbread.example.com',
          store: 'docs',
          requestMs: 5000,
          ratePercent: 50,
        },
      },
    })
  })

  test.each([
    [{}, { problem: expect.stringContaining('MXBAI_API_KEY is not set') }],
    [{ MXBAI_API_KEY: 'k' }, { problem: expect.stringContaining('set MXBAI_STORE_ID') }],
    [
      { MXBAI_API_KEY: 'k', MXBAI_STORE_ID: 's', MIXEDBREAD_BASE_URL: 'ftp://x' },
      { problem: expect.stringContaining('MIXEDBREAD_BASE_URL must be a URL') },
    ],
    [
      { MXBAI_API_KEY: 'k', MXBAI_STORE_ID: 's' },
      {
        apiKey: 'k',
        store: 's',
        baseUrl: 'https://api.mixedbread.com',
        requestMs: 60_000,
        ratePercent: 100,
      },
    ],
  ])('whose account is told by %o', (variables, account) => {
    const text = 'search: { s: { type: mixedbread, entities: { m: { table: public.m } } } }'
    const home = load(text, { ...URLS, ...variables }).searchIndexes.get('s')?.home
    expect(home).toEqual({ type: 'mixedbread', parallel: 8, account })
  })

  test('of type mixedbread with problems', () => {
    const error = usageErrorOf(() =>
      load(`search:
  a: { type: mixedbread, table: public.m }
  b: { type: mixedbread, store: x, entities: { "a-b": { table: public.m }, m: { id: x }, n: { table: public.n, metadata: { scope: x } } } }
  c: { type: mixedbread, store: x, entities: { m: { table: public.m } } }
  d: { type: typesense, query: SELECT 1, store: x, entities: { m: { table: public.m } } }`),
    )
    expect(error.problems).toEqual([
      'search.a.entities: is missing',
      'search.a.table: is for indexes of type typesense and ndjson',
      'search.b.entities.a-b: must be a name of at most 20 letters, digits and underscores',
      'search.b.entities.m: needs either a query or a table',
      'search.b.entities.n.metadata: must leave out what mbsync writes itself: scope, tenant_id, entity_type, db_id, content_hash, managed_by',
      'search.d.store: is for indexes of type mixedbread',
      'search.d.entities: is for indexes of type mixedbread',
      'search.c: has the same store as `b`',
    ])
  })

  test('that would share a collection or a file are a problem', () => {
    const error = usageErrorOf(() =>
      load(`search:
  a: { type: typesense, query: SELECT 1 }
  b: { type: typesense, query: SELECT 1, collection: a }
  c: { type: ndjson, query: SELECT 1, file: x }
  d: { type: ndjson, query: SELECT 1, file: x }`),
    )
    expect(error.problems).toEqual([
      'search.b: has the same collection as `a`',
      'search.d: has the same file as `c`',
    ])
  })

  test('with problems, all at once', () => {
    const error = usageErrorOf(() =>
      load(`${DATABASES}
profiles: { nightly: { from: production, to: staging, search: [product] } }
search:
  products: { type: solr, query: '', maxDeletePercent: 101, schema: { fields: [{ name: x }] } }
  both: { type: ndjson, query: SELECT 1, table: public.x }
  neither: { type: typesense, file: x }
typesense: { nodes: ['http://key@host'] }`),
    )
    expect(error.problems).toEqual([
      'search.products.type: must be typesense, mixedbread or ndjson',
      'search.products.query: must not be empty',
      'search.products.schema.fields[0].type: is missing',
      'search.products.maxDeletePercent: must be a number from 0 to 100',
      'search.both: needs either a query or a table',
      'search.both.file: is missing',
      'search.neither: needs either a query or a table',
      'search.neither.file: is for indexes of type ndjson',
      'typesense.nodes[0]: must be a URL such as https://search.example.com:443, without credentials',
      'profiles.nightly.search[0]: no search index has this name; did you mean `products`?',
    ])
  })
})

test('notify, with its file relative to this one', () => {
  const cwd = configFolder({
    'mbsync.yaml': `${DATABASES}
profiles: { nightly: { from: production, to: staging } }
notify:
  webhooks:
    team: { url: "\${HOOK}", format: slack, when: always, profiles: [nightly, prod-to-staging] }
    ops: { url: http://ops.example.com/x }
  pings: { checks: { start: "\${HOOK}/start", success: "\${HOOK}", failure: "\${HOOK}/fail", profiles: [nightly] } }
  metricsFile: metrics/mbsync.prom
  timeout: 5s`,
  })
  const HOOK = 'https://hooks.example.com/s3cret'
  expect(loadConfig({ cwd, env: { ...URLS, HOOK } }).notify).toStrictEqual({
    webhooks: [
      { name: 'team', url: HOOK, format: 'slack', when: 'always', profiles: ['nightly', 'prod-to-staging'] },
      { name: 'ops', url: 'http://ops.example.com/x', format: 'json', when: 'problem', profiles: undefined },
    ],
    pings: [
      {
        name: 'checks',
        start: `${HOOK}/start`,
        success: HOOK,
        failure: `${HOOK}/fail`,
        profiles: ['nightly'],
      },
    ],
    metricsFile: join(cwd, 'metrics/mbsync.prom'),
    timeoutMs: 5000,
  })
})

test('nobody is notified unless told otherwise', () => {
  const { notify } = loadConfig({ cwd: configFolder(), env: URLS })
  expect(notify).toStrictEqual({ webhooks: [], pings: [], metricsFile: undefined, timeoutMs: 10_000 })
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
  const cwd = configFolder({ '.env': 'STAGING_DATABASE_URL=postgres://me:pw@from-file/app' })
  expect(loadConfig({ cwd, env }).databases.get('staging')?.url).toBe('postgres://me:pw@from-file/app')
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
