import pg from 'pg'
import { expect, test } from 'vitest'
import { SHARING_TYPES } from '../../../src/postgres/share-values.ts'

type Parse = (text: string) => unknown
const shared = (oid: number) => SHARING_TYPES.getTypeParser(oid, 'text') as Parse

test.each([
  { type: 'text', oid: 25, texts: ['public', '', 'public', '{1}'] },
  { type: 'name', oid: 19, texts: ['id', 'ID', 'id'] },
  { type: 'oid', oid: 26, texts: ['16384', '1', '16384'] },
  { type: 'oid[]', oid: 1028, texts: ['{1,2}', '{}', '{1,2}'] },
  { type: 'text[]', oid: 1009, texts: ['{a,"b c",NULL}', '{}', '{a,"b c",NULL}'] },
  { type: 'json', oid: 114, texts: ['[{"a": null}]', '1', 'null', 'false', '[{"a": null}]', 'null'] },
])('$type is what node-postgres makes of it, whether it came before or not', ({ oid, texts }) => {
  expect(texts.map(shared(oid))).toEqual(texts.map(pg.types.getTypeParser(oid) as Parse))
})

test('equal definitions are one object, which nothing can change for the others', () => {
  const [first, , third] = ['{"columns": ["a"]}', '{"columns": ["b"]}', '{"columns": ["a"]}'].map(shared(114))
  expect(third).toBe(first)
  expect(() => (first as { columns: string[] }).columns.push('c')).toThrow(TypeError)
})

test('of many different values, each is itself', () => {
  const texts = Array.from({ length: 5000 }, (_, n) => `t${n % 2500}`)
  expect(texts.map(shared(25))).toEqual(texts)
})
