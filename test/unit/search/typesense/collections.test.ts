import { expect, test } from 'vitest'
import { BOOKS, documents, openTestIndex } from './open-test-index.ts'

const COLUMNS = ['year', 'a', 'b'].map((name) => ({ name, type: 'integer' }))
const SYNONYM = { id: 'sea/ocean', synonyms: ['sea', 'ocean'] }
const OVERRIDE = { id: 'first', rule: { query: 'q', match: 'exact' }, includes: [{ id: '1', position: 1 }] }

test('the live collection is the one that the alias leads to, else the one of the name', async () => {
  const { open, index, server, books } = await openTestIndex()
  expect(await index.findLive()).toEqual(books)
  const aliased = open({ collection: 'shelf' })
  expect(await aliased.findLive()).toBeUndefined()
  server.aliases.set('shelf', 'books')
  expect(await aliased.findLive()).toEqual(books)
  server.aliases.set('shelf', 'gone')
  expect(await aliased.findLive()).toBeUndefined()
})

test('a new collection has the schema that is configured, and what steers searches of the live one', async () => {
  const schema = { fields: [{ name: 'title', type: 'string' }], token_separators: ['-'] }
  const { index, server } = await openTestIndex({ schema })
  const live = server.collections.get('books')
  live?.synonyms.set(SYNONYM.id, SYNONYM)
  live?.overrides.set(OVERRIDE.id, OVERRIDE)
  if (live) live.schema.metadata = { team: 'search' }
  const before = Date.now()
  const { name, identity } = await index.create(index.nextName())
  const created = server.collections.get(name)
  expect(name).toMatch(/^books_\d{17}$/)
  expect(Number(name.slice(6, 10))).toBe(new Date(before).getUTCFullYear())
  expect(identity).toMatch(/^[0-9a-f]{32}$/)
  expect(created?.schema.metadata).toEqual({ team: 'search', mbsync: identity })
  expect(created?.schema).toMatchObject({ ...schema, metadata: { team: 'search' } })
  expect(created?.schema.fields).toHaveLength(1)
  expect(created?.synonyms.get(SYNONYM.id)).toEqual(SYNONYM)
  expect(created?.overrides.get(OVERRIDE.id)).toEqual(OVERRIDE)
  expect(await index.findLive()).toMatchObject({ name: 'books' })
})

test('without a schema, a new collection is a clone of the live one', async () => {
  const { index, server } = await openTestIndex({ collection: 'shelf' })
  server.aliases.set('shelf', 'books')
  server.collections.get('books')?.synonyms.set(SYNONYM.id, SYNONYM)
  const { name } = await index.create(index.nextName())
  const created = server.collections.get(name)
  expect(name).toMatch(/^shelf_\d{17}$/)
  expect(created?.schema.fields).toEqual(server.collections.get('books')?.schema.fields)
  expect(created?.synonyms.get(SYNONYM.id)).toEqual(SYNONYM)
})

test.each([BOOKS, undefined])('version 30 keeps sets of rules by their names: schema %j', async (schema) => {
  const { index, server } = await openTestIndex({ schema }, { version: '30.1' })
  server.synonymSets.set('sea', {})
  server.curationSets.set('top', {})
  const live = server.collections.get('books')
  // One of each was deleted: collections that name it stay as they are, new ones cannot.
  const named = { synonym_sets: ['lake', 'sea'], curation_sets: ['top', 'bottom'] }
  if (live) Object.assign(live.schema, { ...named, metadata: { a: 1 } })
  const { name } = await index.create(index.nextName())
  expect(server.collections.get(name)?.schema).toMatchObject({
    ...(schema === undefined ? named : { synonym_sets: ['sea'], curation_sets: ['top'] }),
    metadata: { a: 1 },
  })
})

test('with neither a schema nor a live collection there is nothing to create', async () => {
  const { open } = await openTestIndex()
  await expect(open({ collection: 'none' }).create('none_1')).rejects.toThrow('no schema to create it with')
})

test('a collection is created once, also if the reply is lost', async () => {
  const { index, server } = await openTestIndex({ schema: BOOKS })
  let isLost = false
  server.faults.decideBy(({ method, url }) => {
    if (method !== 'POST' || url !== '/collections' || isLost) return undefined
    isLost = true
    return { kind: 'reset-after' }
  })
  const { name } = await index.create(index.nextName())
  expect([...server.collections.keys()]).toEqual(['books', name])
})

test('a new collection that cannot be finished does not stay', async () => {
  const { index, server } = await openTestIndex({ schema: BOOKS })
  server.collections.get('books')?.synonyms.set(SYNONYM.id, SYNONYM)
  server.faults.decideBy(({ method, operation }) =>
    operation === 'rules' && method === 'PUT'
      ? { kind: 'answer', status: 400, body: '{"message":"No."}' }
      : undefined,
  )
  await expect(index.create(index.nextName())).rejects.toThrow('No.')
  expect([...server.collections.keys()]).toEqual(['books'])
})

test('publishing leads searches to the new collection, and the old one stays', async () => {
  const { open, server } = await openTestIndex()
  const index = open({ collection: 'shelf', schema: BOOKS })
  server.aliases.set('shelf', 'books')
  const created = await index.create(index.nextName())
  expect(await index.publishNotice()).toBeUndefined()
  await index.publish(created)
  expect(await index.findLive()).toEqual(created)
  expect(server.collections.has('books')).toBe(true)
})

test.each([BOOKS, undefined])(
  'rules are carried over as they are when the collection is published: schema %j',
  async (schema) => {
    const { open, server } = await openTestIndex()
    const index = open({ collection: 'shelf', schema })
    server.aliases.set('shelf', 'books')
    const live = server.collections.get('books')
    live?.synonyms.set('gone', { ...SYNONYM, id: 'gone' })
    live?.synonyms.set(SYNONYM.id, SYNONYM)
    if (live) live.schema.metadata = { team: 'search' }
    const { name, identity } = await index.create(index.nextName())
    live?.synonyms.delete('gone')
    live?.synonyms.set(SYNONYM.id, { ...SYNONYM, synonyms: ['sea', 'main'] })
    live?.overrides.set(OVERRIDE.id, OVERRIDE)
    if (live) live.schema.metadata = undefined
    await index.publish({ name, identity })
    const published = server.collections.get(name)
    expect([...(published?.synonyms.values() ?? [])]).toEqual([{ ...SYNONYM, synonyms: ['sea', 'main'] }])
    expect([...(published?.overrides.values() ?? [])]).toEqual([OVERRIDE])
    expect(published?.schema.metadata).toEqual({ mbsync: identity })
  },
)

test('so are the names of sets of rules of version 30; metadata that are configured stay', async () => {
  const schema = { ...BOOKS, metadata: { team: 'books' } }
  const { open, server } = await openTestIndex({}, { version: '30.1' })
  const index = open({ collection: 'shelf', schema })
  server.aliases.set('shelf', 'books')
  for (const set of ['sea', 'land']) server.synonymSets.set(set, {})
  server.curationSets.set('top', {})
  const live = server.collections.get('books')
  if (live) Object.assign(live.schema, { synonym_sets: ['sea'], curation_sets: ['top'] })
  const created = await index.create(index.nextName())
  if (live)
    Object.assign(live.schema, {
      synonym_sets: ['sea', 'lake', 'land'],
      curation_sets: [],
      metadata: { a: 1 },
    })
  await index.publish(created)
  expect(server.collections.get(created.name)?.schema).toMatchObject({
    synonym_sets: ['sea', 'land'],
    curation_sets: [],
    metadata: { team: 'books' },
  })
})

test('a collection that has the name of the alias is announced, and dropped for it', async () => {
  const { index, server } = await openTestIndex({ schema: BOOKS })
  const created = await index.create(index.nextName())
  expect(await index.publishNotice()).toMatch(/books is a collection and not an alias: mbsync will drop it/)
  expect(server.collections.has('books')).toBe(true)
  await index.publish(created)
  expect([...server.collections.keys()]).toEqual([created.name])
  expect(server.aliases.get('books')).toBe(created.name)
  expect(await index.publishNotice()).toBeUndefined()
})

test('that collection stays if the key may not make aliases, or another alias leads to it', async () => {
  const { index, server, open } = await openTestIndex({ schema: BOOKS })
  const created = await index.create(index.nextName())
  const actions = ['collections:*', 'synonyms:list', 'overrides:list', 'aliases:list', 'aliases:get']
  const { value } = server.addKey({ actions, collections: ['*'] })
  await expect(open({ apiKey: value }).publish(created)).rejects.toThrow(
    /refuses the API key for aliases:upsert/,
  )
  expect(server.collections.has('books')).toBe(true)
  server.aliases.set('shelf', 'books')
  await expect(index.publish(created)).rejects.toThrow(/through the alias shelf/)
  expect(server.collections.has('books')).toBe(true)
})

test('if the alias fails after the drop, the error says how to make it', async () => {
  const { index, server } = await openTestIndex({ schema: BOOKS })
  const created = await index.create(index.nextName())
  server.faults.decideBy(({ method, operation }) =>
    operation === 'alias' && method === 'PUT' && !server.collections.has('books')
      ? { kind: 'not-ready' }
      : undefined,
  )
  await expect(index.publish(created)).rejects.toMatchObject({
    message: expect.stringContaining('was dropped'),
    hint: expect.stringContaining(`{"collection_name":"${created.name}"}`),
  })
  server.faults.clear()
  await index.publish(created)
  expect(await index.findLive()).toEqual(created)
})

test('a collection that is not there is not published', async () => {
  const { index, server } = await openTestIndex()
  await expect(index.publish({ name: 'gone', identity: '1' })).rejects.toThrow('does not exist')
  server.aliases.set('through', 'books')
  await expect(index.publish({ name: 'through', identity: '1' })).rejects.toThrow('does not exist')
})

test('dropping goes by concrete name only, and never from under an alias', async () => {
  const { index, server } = await openTestIndex()
  server.createCollection({ ...BOOKS, name: 'old' })
  server.aliases.set('shelf', 'books')
  await expect(index.drop('shelf')).rejects.toThrow('shelf is an alias, not a collection')
  await expect(index.drop('books')).rejects.toThrow('through the alias shelf')
  expect(server.collections.has('books')).toBe(true)
  await index.drop('old')
  await index.drop('old')
  expect([...server.collections.keys()]).toEqual(['books'])
})

test('each attempt to drop looks at the aliases again', async () => {
  const { index, server } = await openTestIndex()
  server.faults.decideBy(({ method, operation }) => {
    if (method !== 'DELETE' || operation !== 'collection') return undefined
    server.aliases.set('late', 'books')
    return { kind: 'not-ready' }
  })
  await expect(index.drop('books')).rejects.toThrow('through the alias late')
  expect(server.collections.has('books')).toBe(true)
})

test('new optional fields are added, and once they are there nothing is sent', async () => {
  const schema = { fields: [...BOOKS.fields, { name: 'year', type: 'int32', optional: true }] }
  const { index, server, books } = await openTestIndex({ schema })
  await index.adjust(books, COLUMNS)
  await index.adjust(books, COLUMNS)
  expect(server.collections.get('books')?.schema.fields.map(({ name }) => name)).toEqual([
    'title',
    'pages',
    'year',
  ])
  expect(server.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1)
})

test.each([{ kind: 'reset-after' }, { kind: 'update-in-progress' }, { kind: 'not-ready' }] as const)(
  'fields are added once at $kind',
  async (fault) => {
    const schema = { fields: [...BOOKS.fields, { name: 'year', type: 'int32', optional: true }] }
    const { index, server, books } = await openTestIndex({ schema })
    let isOver = false
    server.faults.decideBy(({ method }) => {
      if (method !== 'PATCH' || isOver) return undefined
      isOver = true
      return fault
    })
    await index.adjust(books, COLUMNS)
    expect(server.collections.get('books')?.schema.fields).toHaveLength(3)
  },
)

test('a field that no column provides is not added, and says so', async () => {
  const misspelt = { name: 'yaer', type: 'int32', optional: true }
  const { index, server, books } = await openTestIndex({ schema: { fields: [...BOOKS.fields, misspelt] } })
  expect(await index.adjust(books, COLUMNS)).toEqual([])
  expect(server.collections.get('books')?.schema.fields).toHaveLength(2)
  expect(await index.check([...COLUMNS, { name: 'title', type: 'text' }])).toContainEqual(
    expect.objectContaining({
      severity: 'note',
      message: 'No column provides the optional field yaer, so no document will have it',
      hint: 'Is the column year meant?',
    }),
  )
})

test('a field that becomes a facet, or is sorted by, is indexed again without a rebuild', async () => {
  const fields = [
    { name: 'title', type: 'string', facet: true, sort: true },
    { name: 'pages', type: 'int32', optional: true },
  ]
  const { index, server, books } = await openTestIndex({ schema: { fields } })
  await index.upsert(books, documents('a', 'b'))
  const columns = [
    { name: 'title', type: 'text' },
    { name: 'pages', type: 'integer' },
  ]
  expect((await index.check(columns)).map(({ severity }) => severity)).toEqual(['note'])
  expect(await index.adjust(books, columns)).toEqual(['had the field title indexed again'])
  expect(server.collections.get('books')?.schema.fields).toContainEqual(
    expect.objectContaining({ name: 'title', facet: true, sort: true }),
  )
  expect(await index.adjust(books, columns)).toEqual([])
  expect(await index.check(columns)).toEqual([])
})

test('fields that someone else adds at the same time are no error', async () => {
  const schema = {
    fields: [...BOOKS.fields, ...['a', 'b'].map((name) => ({ name, type: 'int32', optional: true }))],
  }
  const { index, server, books, open } = await openTestIndex({ schema }, { alterMs: 20 })
  await Promise.all([index.adjust(books, COLUMNS), open({}).adjust(books, COLUMNS)])
  expect(server.collections.get('books')?.schema.fields).toHaveLength(4)
})

test('the number of documents is told once it holds still', async () => {
  const { index, server, books } = await openTestIndex()
  await index.upsert(books, documents('a', 'b', 'c'))
  server.faults.next({ kind: 'wrong-count', offBy: 5, on: 'collection' })
  server.faults.next({ kind: 'wrong-count', offBy: -1, on: 'collection' })
  expect(await index.countDocuments(books)).toBe(3)
})

test('a number of documents that never holds still is given up on', async () => {
  const { index, server, books } = await openTestIndex()
  let offBy = 0
  server.faults.decideBy(() => {
    offBy += 1
    return { kind: 'wrong-count', offBy }
  })
  await expect(index.countDocuments(books)).rejects.toThrow('keeps changing')
})
