import { expect, test } from 'vitest'
import type { SearchIndexConfig } from '../../../src/config/config.ts'
import { inLinkedGroups, inReferenceOrder } from '../../../src/indexing/linked-indexes.ts'

/** An index of its own name, with references to others. */
function index(name: string, ...references: string[]): SearchIndexConfig {
  const fields = references.map((other) => ({ name: other, type: 'string', reference: `${other}.id` }))
  return {
    name,
    home: { type: 'typesense', collection: name, schema: { fields } },
  } as unknown as SearchIndexConfig
}

const names = (indexes: readonly SearchIndexConfig[]) => indexes.map(({ name }) => name).join(' ')

test('what is referred to comes first', () => {
  expect(names(inReferenceOrder([index('c', 'b'), index('b', 'a'), index('a'), index('x')]))).toBe('a b c x')
  expect(names(inReferenceOrder([index('c', 'elsewhere'), index('a')]))).toBe('c a')
})

test('references in a circle end', () => {
  expect(names(inReferenceOrder([index('a', 'b'), index('b', 'a')]))).toBe('b a')
})

test('indexes are linked through others, whatever their order', () => {
  const groups = inLinkedGroups([index('x'), index('c', 'b'), index('a'), index('d', 'a', 'c'), index('b')])
  expect(groups.map(names)).toEqual(['x', 'b c a d'])
})
