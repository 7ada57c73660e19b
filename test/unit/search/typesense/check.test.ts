import { expect, test } from 'vitest'
import type { DocumentColumn } from '../../../../src/search/search-index.ts'
import type { FieldSettings } from '../../../../src/search/typesense/typesense-settings.ts'
import { BOOKS, openTestIndex } from './open-test-index.ts'

const COLUMNS: DocumentColumn[] = [
  { name: 'id', type: 'uuid' },
  { name: 'title', type: 'text' },
  { name: 'pages', type: 'integer' },
]

test('nothing is found where all is well, and nothing is changed', async () => {
  const { index, server } = await openTestIndex({ schema: BOOKS })
  server.putDocument('books', { id: 'a', title: 'A' })
  const before = structuredClone([server.collections, server.aliases])
  expect(await index.check(COLUMNS)).toEqual([])
  expect([server.collections, server.aliases]).toEqual(before)
  const writes = server.requests.filter(({ method }) => method !== 'GET')
  expect(writes.flatMap(({ documentIds }) => documentIds).join()).toMatch(/^(mbsync-asks-whether[a-z-]*,?)+$/)
})

test('a server that is not there is one finding', async () => {
  const { index, server } = await openTestIndex()
  await server.close()
  expect(await index.check(COLUMNS)).toMatchObject([
    {
      severity: 'error',
      message: expect.stringContaining('was refused'),
      hint: expect.stringContaining('host'),
    },
  ])
})

test('a server that is ill or old is found', async () => {
  const { index, server } = await openTestIndex()
  server.setHealth({ isOk: false, resourceError: 'OUT_OF_DISK' })
  expect(await index.check(COLUMNS)).toMatchObject([
    { severity: 'error', message: 'The server reports that it is not healthy: OUT_OF_DISK' },
  ])
  server.setHealth({ isOk: true, resourceError: 'OUT_OF_MEMORY' })
  expect(await index.check(COLUMNS)).toMatchObject([{ message: expect.stringContaining('OUT_OF_MEMORY') }])
})

test.each([
  ['28.0', 1],
  ['0.25.2', 1],
  ['29.0', 0],
  ['30.0.rc1', 0],
  ['nightly', 0],
])('version %s gives %i findings', async (version, count) => {
  const { index, server } = await openTestIndex()
  server.faults.always({
    kind: 'answer',
    status: 200,
    body: JSON.stringify({ ok: true, version }),
    on: 'health',
  })
  expect(await index.check(COLUMNS)).toHaveLength(count)
})

test('a key that is unknown, or lacks what a run reads, is told with what it needs', async () => {
  const { open, server } = await openTestIndex()
  const unknown = await open({ apiKey: 'unknown' }).check(COLUMNS)
  expect(unknown.filter(({ severity }) => severity === 'error')).toMatchObject([
    {
      message: expect.stringContaining('collections:get'),
      hint: expect.stringContaining('documents:import'),
    },
  ])
  const actions = ['collections:get', 'documents:*']
  const { value } = server.addKey({ actions, collections: ['books', 'books_.*'] })
  const limited = await open({ apiKey: value }).check(COLUMNS)
  expect(new Set(limited.map(({ severity }) => severity))).toEqual(new Set(['note']))
  expect(limited.map(({ message }) => message).join()).toMatch(
    /version.*collections:update.*aliases:get.*aliases:list.*aliases:upsert.*synonyms:list.*overrides:list/,
  )
})

/** What the hint, and docs/SEARCH.md, say that a key needs. */
const DOCUMENTED = [
  ...['collections:get', 'collections:update', 'documents:import', 'documents:delete', 'documents:export'],
  ...['collections:create', 'collections:delete', 'aliases:get', 'aliases:list', 'aliases:upsert'],
  ...['synonyms:*', 'overrides:*', 'debug:list'],
]

test('the documented key does all of a rebuild, and one that lacks any of it is found before', async () => {
  const { open, server } = await openTestIndex()
  server.collections.get('books')?.synonyms.set('sea', { id: 'sea', synonyms: ['ocean'] })
  server.aliases.set('shelf', 'books')
  const settings = { collection: 'shelf', schema: BOOKS, creates: 'replacement' } as const
  const openWith = (actions: readonly string[]) => {
    const { value } = server.addKey({ actions, collections: ['shelf', 'shelf_.*', 'books'] })
    return open({ ...settings, apiKey: value })
  }
  const index = openWith(DOCUMENTED)
  expect(await index.check(COLUMNS)).toEqual([])
  const created = await index.create(index.nextName())
  await index.publish(created)
  server.aliases.set('shelf', 'books')
  for (const action of DOCUMENTED.filter((each) => each !== 'debug:list')) {
    const findings = await openWith(DOCUMENTED.filter((each) => each !== action)).check(COLUMNS)
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ message }) => message).join(), action).toContain(action.replace('*', ''))
  }
})

test('a server that replays its log is found not to take writes, healthy as it says it is', async () => {
  const { index, server } = await openTestIndex()
  server.restart({ replaying: 50 })
  expect((await index.check(COLUMNS))[0]).toMatchObject({
    severity: 'error',
    message: 'The server accepts no writes yet: it is starting, or replays its log',
  })
})

test('a missing collection is an error, unless it may be created', async () => {
  const { open, server } = await openTestIndex()
  const missing = open({ collection: 'none' })
  expect(await missing.check(COLUMNS)).toMatchObject([{ message: 'The collection does not exist' }])
  server.aliases.set('none', 'gone')
  expect(await missing.check(COLUMNS)).toMatchObject([
    { message: 'The alias points to gone, which does not exist' },
  ])
  expect(await open({ collection: 'none', creates: 'missing' }).check(COLUMNS)).toHaveLength(1)
  expect(await open({ collection: 'none', schema: BOOKS }).check(COLUMNS)).toHaveLength(1)
  expect(await open({ collection: 'none', schema: BOOKS, creates: 'missing' }).check(COLUMNS)).toEqual([])
})

test('every difference of the schema is told, and what is done about it', async () => {
  const schema = {
    fields: [
      { name: 'title', type: 'string', facet: true, locale: 'de' },
      { name: 'pages', type: 'int64', optional: true },
      { name: 'year', type: 'int32' },
      { name: 'tags', type: 'string[]', optional: true },
    ],
    default_sorting_field: 'year',
    symbols_to_index: ['+'],
    metadata: { by: 'us' },
  }
  const { open, server } = await openTestIndex()
  server.collections.get('books')?.schema.fields.push({
    name: 'left_over',
    type: 'string',
    optional: true,
    index: true,
  })
  const columns = [...COLUMNS, { name: 'year', type: 'integer' }]
  const findings = await open({ schema }).check(columns)
  expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
    'note: The optional field tags is new and will be added to the collection',
    'error: The collection lacks the field year, which cannot be added because it is not optional',
    'error: The field title has facet false in the collection, not true',
    'error: The field title has locale "" in the collection, not "de"',
    'error: The field pages has type "int32" in the collection, not "int64"',
    'note: The collection has a field left_over that is not configured',
    'error: The collection has default_sorting_field "", not "year"',
    'error: The collection has symbols_to_index [], not ["+"]',
    'note: The metadata of the collection differ from those configured',
    'note: No column provides the optional field tags, so no document will have it',
  ])
  const errors = findings.filter(({ severity }) => severity === 'error')
  expect(errors.every(({ hint }) => hint?.includes('mbsync typesense rebuild'))).toBe(true)
})

test('fields that the server adds by itself are no difference', async () => {
  const schema = {
    fields: [
      { name: 'author', type: 'object' },
      { name: '.*_tag', type: 'auto' },
      { name: 'vector', type: 'float[]', embed: { from: ['title'], model_config: { api_key: 'sk' } } },
    ],
    enable_nested_fields: true,
  }
  const { open, server } = await openTestIndex()
  const collection = server.createCollection({ ...schema, name: 'films' })
  const added = (name: string) => ({ name, type: 'string', optional: true, index: true })
  collection.schema.fields.push(added('author.name'), added('best_tag'))
  const vector = collection.schema.fields[2]
  if (vector)
    Object.assign(vector, { num_dim: 384, embed: { from: ['title'], model_config: { api_key: '***' } } })
  const index = open({ collection: 'films', schema })
  expect(await index.check([{ name: 'author', type: 'jsonb' }])).toEqual([])
})

function checkFields(fields: readonly FieldSettings[], columns: readonly DocumentColumn[], more = {}) {
  return openTestIndex({ collection: 'new', creates: 'missing', schema: { fields, ...more } }).then(
    ({ index }) => index.check(columns),
  )
}

test('a required field needs a column, unless the server makes it', async () => {
  const fields = [
    { name: 'id', type: 'string' },
    { name: 'title', type: 'string' },
    { name: 'note', type: 'string', optional: true },
    { name: 'vector', type: 'float[]', embed: { from: ['title'] } },
    { name: 'author.name', type: 'string' },
    { name: '.*', type: 'auto' },
  ]
  const columns = [
    { name: 'author', type: 'jsonb' },
    { name: 'note', type: 'text' },
  ]
  const findings = await checkFields(fields, columns, { enable_nested_fields: true })
  expect(findings).toMatchObject([
    { severity: 'error', message: 'No column provides the required field title' },
  ])
})

test('the sorting field must be there and required', async () => {
  const fields = [{ name: 'pages', type: 'int32', optional: true }]
  const columns = [{ name: 'pages', type: 'integer' }]
  const check = (default_sorting_field: string) => checkFields(fields, columns, { default_sorting_field })
  expect(await check('none')).toMatchObject([{ message: expect.stringContaining('not among the fields') }])
  expect(await check('pages')).toMatchObject([{ message: expect.stringContaining('must not be optional') }])
})

test('a point in time becomes a number by SQL that works', async () => {
  const columns = [{ name: 'createdAt', type: 'timestamp with time zone' }]
  const findings = await checkFields([{ name: 'createdAt', type: 'int64' }], columns)
  expect(findings).toMatchObject([
    {
      hint: 'Select the seconds since 1970 in the query: CASE WHEN isfinite("createdAt") THEN extract(epoch FROM "createdAt")::bigint END AS "createdAt".',
    },
  ])
})

test('whole numbers that a field cannot hold, or rounds, are named by the types', async () => {
  const fields = ['i64 int64', 'i32 int32', 'f float', 'ids float[]', 'price float', 'fits int64', 'n float']
  const columns = {
    i64: 'numeric(20,0)',
    i32: 'numeric(20,0)',
    f: 'bigint',
    ids: 'numeric(20,0)[]',
    price: 'numeric(12,2)',
    fits: 'numeric(18,0)',
    n: 'integer',
  }
  const findings = await checkFields(
    fields.map((each) => {
      const [name = '', type = ''] = each.split(' ')
      return { name, type }
    }),
    Object.entries(columns).map(([name, type]) => ({ name, type })),
  )
  expect(findings.map(({ severity, message, hint }) => `${severity}: ${message} ${hint}`)).toEqual([
    expect.stringMatching(
      /^error: The column i64 .*numeric\(20,0\), which .* type int64 cannot take .*cast the column to text/,
    ),
    expect.stringMatching(
      /^error: The column i32 .*numeric\(20,0\), which .* type int32 cannot take .*cast the column to text/,
    ),
    expect.stringMatching(
      /^note: The field f is .* float, which keeps about seven digits.* bigint: .*the type int64\./,
    ),
    expect.stringMatching(/^note: The field ids is .*the type string\[\], and cast each element to text/),
  ])
})

test('without a schema, the columns are held against the live collection', async () => {
  const { index } = await openTestIndex()
  expect(await index.check([{ name: 'pages', type: 'text' }])).toMatchObject([
    { message: 'No column provides the required field title' },
    { message: "The column pages is of the type text, which the field's type int32 cannot take" },
  ])
})

test('what no server takes of a schema is found: types, locales, references, fields that are there twice', async () => {
  const findings = await checkFields(
    [
      { name: 'a', type: 'sting' },
      { name: 'b', type: 'string', locale: 'german' },
      { name: 'c', type: 'object', optional: true },
      { name: 'd', type: 'string', reference: 'products' },
      { name: 'e', type: 'string', reference: 'new.id' },
      { name: 'b', type: 'string', optional: true },
      { name: 'f_sequence_id', type: 'int64', optional: true },
    ],
    [],
  )
  expect(findings.map(({ message }) => message)).toEqual([
    'The field a has the type sting, which does not exist',
    'The field b has a locale that is not a code of two letters',
    'The field c of type object needs nested fields',
    'The reference of the field d names no field of a collection',
    'The field e refers to its own collection',
    'The field f_sequence_id has a name that servers keep for their own fields',
    'The field b is configured twice',
  ])
  expect(findings[0]?.hint).toBe('Did you mean string?')
})

test('what names the collection behind an alias is found, as it does not follow a switch; a reference is not added to one', async () => {
  const { open, server } = await openTestIndex()
  server.aliases.set('shelf', 'books')
  const old = 'shelf_20260101000000000'
  const searches = [{ collection: 'other' }, { collection: 'books', filter_by: 'pages:>1' }]
  server.presets.set('by concrete name', { name: 'by concrete name', value: { searches } })
  server.presets.set('joined', { name: 'joined', value: { filter_by: `$${old}(a:1)` } })
  server.presets.set('books', { name: 'books', value: { collection: 'shelf', q: 'bookshelf books-a' } })
  const author = { name: 'author', type: 'string', optional: true, reference: 'authors.id' }
  const index = open({ collection: 'shelf', schema: { fields: [...BOOKS.fields, author] } })
  const findings = await index.check([...COLUMNS, { name: 'author', type: 'text' }])
  expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
    'error: The collection lacks the field author, which refers to another collection and needs a new collection',
    'note: The preset by concrete name names the collection books: it stays with the old one when the alias is switched',
    `note: The preset joined names the collection ${old}: it stays with the old one when the alias is switched`,
  ])
})
