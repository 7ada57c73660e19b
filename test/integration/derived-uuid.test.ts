import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { derivedUuid } from '../../src/core/derived-uuid.ts'
import { uuidSql } from '../../src/indexing/documents/entities-sql.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    targetSql: `CREATE TYPE mood AS ENUM ('ok');
      CREATE TABLE k (i int, b bigint, t text, v varchar(36), e mood, d date, by bytea, key text, nothing int, blank text);
      INSERT INTO k VALUES (42, -9223372036854775808, 'ü/"é'' \\x', 'x', 'ok', '2024-02-29', '\\x00ff', 'k', NULL, '')`,
    encoding: { source: 'UTF8', target: 'LATIN1' },
  })
})
afterAll(() => pair?.drop())

const uuidOf = async (key: string) => {
  const { rows } = await pair.target.client.query(`SELECT ${uuidSql('line', key)} AS uuid FROM k AS source`)
  return rows[0].uuid
}

test.each([
  ['i', '42'],
  ['i::bigint', '42'],
  ['b', '-9223372036854775808'],
  ['t', `ü/"é' \\x`],
  ['v', 'x'],
  ['e', 'ok'],
  ['d', '2024-02-29'],
  ['by', '\\x00ff'],
  ['i, v', '(42,x)'],
  ['source.key', 'k'],
  ['key', 'k'],
])('the uuid of the key %s is that of the name line:%s, of version 8', async (key, text) => {
  const uuid = await uuidOf(key)
  expect(uuid).toBe(derivedUuid('line', text))
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test.each([
  `'0b7a1c52-4f7e-4c1e-9d7c-2f6f0a3d5b11'::uuid`,
  `'0B7A1C52-4F7E-4C1E-9D7C-2F6F0A3D5B11'::varchar`,
  `'{0b7a1c524f7e4c1e9d7c2f6f0a3d5b11}'::text`,
])('%s stays the uuid that it is', async (key) => {
  expect(await uuidOf(key)).toBe('0b7a1c52-4f7e-4c1e-9d7c-2f6f0a3d5b11')
})

test('what is missing has no uuid', async () => {
  expect([await uuidOf('nothing'), await uuidOf('blank'), await uuidOf('NULL')]).toEqual([null, null, null])
})

test('docs/MIXEDBREAD.md has the construction, the uuid that comes of it, and code that makes it', async () => {
  const text = readFileSync(new URL('../../docs/MIXEDBREAD.md', import.meta.url), 'utf8')
  expect(text).toContain(`\`material:42\` is \`${derivedUuid('material', '42')}\``)
  const [, code = ''] = /```js\n(const bytes = [\s\S]*?)```/.exec(text) ?? []
  const { createHash } = await import('node:crypto')
  expect(new Function('createHash', `${code}; return uuid`)(createHash)).toBe(derivedUuid('material', '42'))
})
