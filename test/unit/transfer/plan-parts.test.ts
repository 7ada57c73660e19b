import { expect, test } from 'vitest'
import { TableSet } from '../../../src/core/table-map.ts'
import type { Partition } from '../../../src/postgres/catalog/table.ts'
import type { LiveTable } from '../../../src/transfer/inspect/inspect-source.ts'
import {
  copyInSql,
  copyOutSql,
  landingEncoding,
  wireEncoding,
} from '../../../src/transfer/source/copy-sql.ts'
import { planParts } from '../../../src/transfer/source/plan-parts.ts'

const MB = 1024 * 1024

function tableOf(
  name: string,
  bytes: number,
  options: { readonly where?: string; readonly columns?: string[] } = {},
): LiveTable {
  const partition: Partition = {
    oid: 1,
    name: { schema: 'public', name },
    kind: 'table',
    isUnlogged: false,
    pages: Math.ceil(bytes / 8192),
    bytes,
    estimatedRows: 1000,
    fileNode: 1,
    bounds: undefined,
    columnNumbers: undefined,
    children: [],
    isRowSecurityActive: false,
    isRowSecurityForced: false,
    canUseSchema: true,
    canSelect: true,
    canWrite: true,
    isOwner: true,
    owner: 'owner',
    isDormantOwner: false,
    untrustedOwners: [],
    lacksReplicaIdentity: false,
  }
  const columns = (options.columns ?? ['id']).map((column) => ({
    number: 1,
    name: column,
    type: 'integer',
    baseType: 'integer',
    isNotNull: true,
    hasDefault: false,
    generated: 'no' as const,
    expression: undefined,
    identity: 'no' as const,
  }))
  return {
    name: partition.name,
    isPartitioned: false,
    partitions: [partition],
    columns,
    keyColumns: undefined,
    partitioning: undefined,
    where: options.where,
    leftOut: [],
    fingerprint: '',
  }
}

const firstPart = (table: LiveTable) => {
  const [part] = planParts([table], 4, 180000)
  if (part === undefined) throw new Error('no part')
  return part
}

test('a small table is one part, read by a plain COPY', () => {
  const part = firstPart(tableOf('Component', MB))
  expect(part.of).toBe(1)
  expect(copyOutSql(part, 'UTF8')).toBe(
    `COPY "public"."Component" ("id") TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`,
  )
})

test('a large table is split into ranges without gap or overlap, the last one open', () => {
  const parts = planParts([tableOf('big', 1000 * MB)], 4, 180000).sort((a, b) => a.number - b.number)
  expect(parts.length).toBeGreaterThan(4)
  expect(parts[0]?.pages?.first).toBe(0)
  for (const [index, part] of parts.entries()) expect(part.pages?.end).toBe(parts[index + 1]?.pages?.first)
  expect(parts.at(-1)?.pages?.end).toBeUndefined()
})

test('before PostgreSQL 14, a table is not split: every range would read all of it', () => {
  expect(planParts([tableOf('big', 1000 * MB)], 4, 130000)).toHaveLength(1)
})

test('a large table that must stay whole is not split', () => {
  const tables = [tableOf('tree', 1000 * MB), tableOf('big', 1000 * MB)]
  const parts = planParts(tables, 4, 180000, new TableSet([{ schema: 'public', name: 'tree' }]))
  expect(parts.filter(({ table }) => table.name === 'tree')).toHaveLength(1)
  expect(parts.length).toBeGreaterThan(2)
})

test('the largest parts come first', () => {
  const parts = planParts([tableOf('small', MB), tableOf('large', 20 * MB)], 4, 180000)
  expect(parts.map((part) => part.partition.name.name)).toEqual(['large', 'small'])
})

test('a condition is read under the name of its table', () => {
  expect(copyOutSql(firstPart(tableOf('Event', MB, { where: '"Event".id > 1' })), 'UTF8')).toContain(
    `FROM ONLY "public"."Event" AS "Event" WHERE ("Event".id > 1\n)`,
  )
})

test('a table without columns is copied without a column list', () => {
  const part = firstPart(tableOf('none', MB, { columns: [] }))
  expect(copyOutSql(part, 'UTF8')).toContain('COPY "public"."none" TO STDOUT')
  expect(copyInSql({ schema: 'mbsync_landing', name: 't' }, part.columns, 'UTF8')).toContain(
    '"mbsync_landing"."t" FROM STDIN',
  )
})

test('bytes of a database without encoding travel as they are, and the target checks them', () => {
  expect(wireEncoding('SQL_ASCII')).toBe('SQL_ASCII')
  expect(landingEncoding('SQL_ASCII', 'LATIN1')).toBe('LATIN1')
  expect(wireEncoding('LATIN1')).toBe('UTF8')
  expect(landingEncoding('UTF8', 'LATIN1')).toBe('UTF8')
})
