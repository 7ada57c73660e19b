import { expect, test } from 'vitest'
import { resultsOf, type Talk, talk } from './talk.ts'

async function firstResult({ send }: Talk, document: object, collection = 'things') {
  return resultsOf(
    await send('POST', `/collections/${collection}/documents/import?action=upsert`, document),
  )[0]
}

test.each([
  ['string', 1, 'a string'],
  ['int64', 'x', 'an int64'],
  ['int64', 1e20, 'an int64'],
  ['float', '1', 'a float'],
  ['bool', 1, 'a bool'],
  ['string[]', ['a', 1], 'an array of string'],
  ['string[]', 'a', 'an array'],
  ['int32[]', [1.5], 'an array of int32'],
  ['geopoint', [1], 'a 2 element array: [lat, lng]'],
])('a field of type %s refuses %j', async (type, value, wanted) => {
  const talking = await talk()
  talking.server.createCollection({ name: 'things', fields: [{ name: 'field', type }] })
  expect(await firstResult(talking, { id: '1', field: value })).toMatchObject({
    error: `Field \`field\` must be ${wanted}.`,
  })
})

test('the default sorting field must be there', async () => {
  const talking = await talk()
  const fields = [{ name: 'rank', type: 'int32' }]
  talking.server.createCollection({ name: 'things', fields, default_sorting_field: 'rank' })
  expect(await firstResult(talking, { id: '1' })).toMatchObject({
    error: 'Field `rank` has been declared as a default sorting field, but is not found in the document.',
  })
  expect(
    await talking.send('POST', '/collections', { name: 'x', fields, default_sorting_field: 'age' }),
  ).toMatchObject({ status: 400 })
})

test('nested fields are found in objects and collected from arrays of them', async () => {
  const talking = await talk()
  const fields = [
    { name: 'author', type: 'object' },
    { name: 'author.name', type: 'string' },
    { name: 'tags.name', type: 'string[]', optional: true },
    { name: 'tags.rank', type: 'int32', optional: true },
  ]
  expect((await talking.send('POST', '/collections', { name: 'things', fields })).status).toBe(400)
  talking.server.createCollection({ name: 'things', fields, enable_nested_fields: true })
  const author = { name: 'a' }
  expect(await firstResult(talking, { id: '1', author, tags: [{ name: 'x' }, {}] })).toEqual({
    success: true,
  })
  expect(await firstResult(talking, { id: '1', author: {} })).toMatchObject({
    error: expect.stringContaining('`author.name` has been declared'),
  })
  expect(await firstResult(talking, { id: '1', author: 'a' })).toMatchObject({ success: false })
  expect(await firstResult(talking, { id: '1', author, tags: [{ rank: 1 }] })).toMatchObject({
    error: expect.stringContaining('Hint: field inside an array of objects must be an array type'),
  })
})

test('the parts of an object have the types of their first values', async () => {
  const talking = await talk()
  const fields = [{ name: 'author', type: 'object' }]
  talking.server.createCollection({ name: 'things', fields, enable_nested_fields: true })
  expect(await firstResult(talking, { id: '1', author: { age: 7, tags: ['x'] } })).toEqual({ success: true })
  expect(await firstResult(talking, { id: '2', author: { age: 'seven' } })).toMatchObject({
    error: 'Field `author.age` must be an int64.',
  })
})

test('a dynamic schema takes its types from the first documents and shows them', async () => {
  const talking = await talk()
  talking.server.createCollection({ name: 'things', fields: [{ name: '.*', type: 'auto' }] })
  await firstResult(talking, { id: '1', n: 1, f: 1.5, b: true, list: ['a'], nothing: null, empty: [] })
  const { body } = await talking.send('GET', '/collections/things')
  expect(body.fields.map(({ name, type }: Record<string, string>) => `${name} ${type}`)).toEqual([
    '.* auto',
    'n int64',
    'f float',
    'b bool',
    'list string[]',
  ])
  expect(await firstResult(talking, { id: '2', n: '7' })).toEqual({ success: true })
  expect(talking.server.documentsOf('things').get('2')).toEqual({ id: '2', n: 7 })
  expect(await firstResult(talking, { id: '2', n: 'seven' })).toMatchObject({
    error: 'Field `n` must be an int64.',
  })
})

test('string* takes strings and arrays of what becomes one', async () => {
  const talking = await talk()
  talking.server.createCollection({ name: 'things', fields: [{ name: 'label_.*', type: 'string*' }] })
  await firstResult(talking, { id: '1', label_a: 5, label_b: ['x'], other: 1 })
  expect(talking.server.documentsOf('things').get('1')).toEqual({
    id: '1',
    label_a: '5',
    label_b: ['x'],
    other: 1,
  })
})
