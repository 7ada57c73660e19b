import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { jsonSchema, knownKeys } from '../../../src/config/schema/json-schema.ts'
import { schemaKeys } from './schema-keys.ts'

function readDoc(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
}

test('docs/mbsync.schema.json is current; if not, `npm run schema` writes it', () => {
  expect(readDoc('mbsync.schema.json')).toBe(`${JSON.stringify(jsonSchema(), null, 2)}\n`)
})

describe('every key', () => {
  const reference = readDoc('CONFIGURATION.md')
  const loadingTests = readFileSync(new URL('./load-config.test.ts', import.meta.url), 'utf8')

  test.each(schemaKeys())(
    '$path is described in the schema and in docs/CONFIGURATION.md',
    ({ path, schema }) => {
      expect(schema.description).toMatch(/\.$/)
      expect(reference).toContain(`\`${path.replace(/\*/g, '<name>')}\``)
    },
  )

  test.each(schemaKeys())('$path with its default is told in docs/CONFIGURATION.md', ({ path, schema }) => {
    const value = schema.default
    if (value === undefined || JSON.stringify(value) === '{}') return
    const row = reference
      .split('\n')
      .find((line) => line.startsWith(`| \`${path.replace(/\*/g, '<name>')}\``))
    const text = Array.isArray(value) ? `[${value.map((item) => `'${item}'`).join(', ')}]` : String(value)
    expect(row).toContain(`| \`${text}\` |`)
  })

  test.each(schemaKeys())('$path is loaded by a test', ({ key }) => {
    expect(loadingTests).toMatch(new RegExp(`\\b${key}:`))
  })
})

test('the keys that may be written at a path are known', () => {
  expect(knownKeys([])).toStrictEqual([
    'databases',
    'profiles',
    'backups',
    'search',
    'typesense',
    'mixedbread',
    'notify',
  ])
  expect(knownKeys(['profiles', 'any', 'timeouts'])).toStrictEqual(['connect', 'lock', 'silence', 'switch'])
  expect(knownKeys(['profiles'])).toStrictEqual([])
  expect(knownKeys(['nowhere', 'deep'])).toStrictEqual([])
})
