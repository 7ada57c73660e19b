import { expect, test } from 'vitest'
import { TableSet } from '../../../src/core/table-map.ts'
import type { Inspection } from '../../../src/transfer/inspect/inspection.ts'
import { binaryTables, inBinary } from '../../../src/transfer/source/binary-tables.ts'
import type { Part } from '../../../src/transfer/source/part.ts'

const column = (baseType: string, name = baseType) => ({ name, baseType, generated: 'no' })

interface Sides {
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly versions?: readonly [string, string]
  readonly encodings?: readonly [string, string]
}

/** Whether a table with columns of these types, and the enum public.mood, travels in the binary form. */
function isBinary({
  from = ['integer'],
  to = from,
  versions = ['16.4', '18.1'],
  encodings = ['UTF8', 'UTF8'],
}: Sides): boolean {
  const name = { schema: 'public', name: 't' }
  const columns = (types: readonly string[]) => types.map((type, at) => column(type, `c${at}`))
  const types = new Map([['public.mood', { kind: 'enum' }]])
  const pair = { source: { name, columns: columns(from) }, target: { name, columns: columns(to) } }
  const side = (at: 0 | 1) => ({ server: { version: versions[at], encoding: encodings[at] }, types })
  const inspection = { pairs: [pair], source: side(0), target: side(1) } as unknown as Inspection
  return binaryTables(inspection).has(name)
}

test('built-in types of one name, arrays of them and enums travel in the binary form, whatever their modifiers', () => {
  for (const type of [
    'character varying(30)',
    'numeric(12,2)[]',
    'timestamp(3) without time zone',
    'bit varying(5)',
    'interval year to month[]',
    '"char"',
    'int4multirange',
    'public.mood',
  ])
    expect(isBinary({ from: ['bigint', type] }), type).toBe(true)
})

test('what is named by numbers of its own database, depends on a locale or is written in another way travels as text', () => {
  for (const type of ['regclass', 'money', 'xml', 'public.mood[]', 'public.pair', 'public.citext', 'unknown'])
    expect(isBinary({ from: ['bigint', type] }), type).toBe(false)
})

test('two types, an older target and text of no known encoding keep a table in text', () => {
  expect(isBinary({ from: ['integer'], to: ['bigint'] })).toBe(false)
  expect(isBinary({ from: ['numeric(3,1)'], to: ['numeric(4,1)'] })).toBe(false)
  expect(isBinary({ from: ['integer', 'text'], to: ['integer'] })).toBe(false)
  expect(isBinary({ versions: ['18.1', '16.4'] })).toBe(false)
  expect(isBinary({ versions: ['16.9', '16.4'] })).toBe(true)
  expect(isBinary({ versions: ['9.6.24', '16.4'] })).toBe(false)
  expect(isBinary({ encodings: ['SQL_ASCII', 'UTF8'] })).toBe(false)
  expect(isBinary({ encodings: ['LATIN1', 'UTF8'] })).toBe(true)
})

test('parts of other tables stay text', () => {
  const part = (name: string): Part => ({
    table: { schema: 'public', name },
    number: 1,
    of: 1,
    estimatedBytes: 1,
    estimatedRows: 1,
  })
  expect(
    inBinary([part('a'), part('b')], new TableSet([{ schema: 'public', name: 'b' }])).map(
      ({ isBinary: is = false }) => is,
    ),
  ).toEqual([false, true])
})
