import { describe, expect, test } from 'vitest'
import { parseTablePattern, type TablePattern } from '../../../src/core/table-pattern.ts'
import type { ListedRelation } from '../../../src/postgres/catalog/list-relations.ts'
import type { Selection } from '../../../src/transfer/inspect/inspection.ts'
import { isSelected, selectedTableOids } from '../../../src/transfer/inspect/select-relations.ts'

function patterns(texts: readonly string[]): TablePattern[] {
  return texts.map((text) => {
    const pattern = parseTablePattern(text)
    if (pattern === undefined) throw new Error(`Not a pattern: ${text}`)
    return pattern
  })
}

function selection(
  include: readonly string[],
  exclude: readonly string[] = [],
  only: readonly string[] = [],
): Selection {
  return {
    include: patterns(include),
    exclude: patterns(exclude),
    only: patterns(only),
    where: [],
    columns: [],
  }
}

describe('whether a relation is selected', () => {
  const users = { name: { schema: 'public', name: 'users' } }

  test.each([
    ['a pattern of include names it', selection(['public.users'])],
    ['any pattern of include names it', selection(['shop.*', 'public.u*'])],
    ['exclude names others', selection(['public.*'], ['public.orders', 'shop.users'])],
    ['--table names it as well', selection(['public.*'], [], ['shop.*', 'public.users'])],
  ])('yes, where %s', (_, chosen) => {
    expect(isSelected(chosen, users)).toBe(true)
  })

  test.each([
    ['nothing is included', selection([])],
    ['include names it in another schema or spelling', selection(['shop.users', 'public.Users'])],
    ['include and exclude both name it', selection(['public.users'], ['*.users'])],
    ['--table names others', selection(['public.*'], [], ['public.orders'])],
    ['--table names it but include does not', selection(['shop.*'], [], ['public.users'])],
    ['--table names it but exclude does, too', selection(['*.*'], ['public.users'], ['public.users'])],
  ])('no, where %s', (_, chosen) => {
    expect(isSelected(chosen, users)).toBe(false)
  })

  test('a condition neither selects a table nor leaves it out', () => {
    const where = [{ table: { schema: 'public', name: 'orders' }, condition: 'true' }]
    expect(isSelected({ ...selection(['public.users']), where }, users)).toBe(true)
    const orders = { name: { schema: 'public', name: 'orders' } }
    expect(isSelected({ ...selection(['public.users']), where }, orders)).toBe(false)
  })
})

describe('what a run leaves alone by itself', () => {
  const history = { tool: 'Prisma', nameColumns: [], outcomeColumns: [] }
  const migrations = { name: { schema: 'public', name: '_prisma_migrations' }, history }
  const users = { name: { schema: 'auth', name: 'users' }, platform: 'Supabase' }
  const hosts = { name: { schema: 'auth', name: 'schema_migrations' }, platform: 'Supabase', history }

  test.each([
    ['a history', migrations, ['*.*', 'public.*', 'public._prisma_*', '*._prisma_migrations']],
    ['a table of the host', users, ['*.*', 'aut?.*', '*.users']],
    ['a history of the host', hosts, ['*.*', 'auth.*']],
  ])('is %s that patterns match', (_, relation, include) => {
    expect(isSelected(selection(include), relation)).toBe(false)
    expect(isSelected(selection(['*.*'], [], include), relation)).toBe(false)
  })

  test.each([
    ['a history by its exact name', migrations, 'public._prisma_migrations'],
    ['a history by its quoted name', migrations, 'public."_prisma_migrations"'],
    ['a table of the host by its exact name', users, 'auth.users'],
    ['a table of the host by that of its schema', users, 'auth.*'],
    ['a history of the host by its exact name', hosts, 'auth.schema_migrations'],
  ])('can be asked for: %s', (_, relation, asking) => {
    expect(isSelected(selection(['*.*', asking]), relation)).toBe(true)
    expect(isSelected(selection(['*.*'], [], [asking]), relation)).toBe(true)
    expect(isSelected(selection(['*.*', asking], [asking]), relation), 'but not what is excluded').toBe(false)
  })

  test('a dump holds histories like any other table, but not those of the host', () => {
    const exported = { ...selection(['*.*']), takesHistories: true }
    expect([migrations, users, hosts].map((relation) => isSelected(exported, relation))).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('the tables of a selection', () => {
  const relations = (['table', 'partitioned', 'partition', 'foreign', 'sequence'] as const).map(
    (kind, index): ListedRelation => ({ oid: 10 + index, kind, name: { schema: 'public', name: kind } }),
  )

  test('are tables and partitioned tables, but no partitions, foreign tables or sequences', () => {
    expect(selectedTableOids(selection(['*.*']), relations)).toEqual([10, 11])
  })

  test('come in the order of the relations, whatever that of the patterns', () => {
    expect(selectedTableOids(selection(['public.partitioned', 'public.table']), relations)).toEqual([10, 11])
  })

  test('leave out what is excluded', () => {
    expect(selectedTableOids(selection(['*.*'], ['public.table']), relations)).toEqual([11])
  })

  test('are none where only a partition is named', () => {
    expect(selectedTableOids(selection(['public.partition']), relations)).toEqual([])
  })
})
