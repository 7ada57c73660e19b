import { expect, test } from 'vitest'
import type { Member, Table } from '../../../src/postgres/catalog/table.ts'
import { copyInSql, copyOutSql, wireEncodings } from '../../../src/transfer/copy-sql.ts'
import type { TablePair } from '../../../src/transfer/inspection.ts'
import { planParts } from '../../../src/transfer/plan-parts.ts'

const MB = 1024 * 1024

function pairOf(
  name: string,
  bytes: number,
  options: { readonly where?: string; readonly columns?: string[] } = {},
): TablePair {
  const member: Member = {
    oid: 1,
    name: { schema: 'public', name },
    kind: 'table',
    isUnlogged: false,
    pages: Math.ceil(bytes / 8192),
    bytes,
    estimatedRows: 1000,
    fileNode: 1,
    isRowSecurityActive: false,
    isRowSecurityForced: false,
    canSelect: true,
    canWrite: true,
    isOwner: true,
    lacksReplicaIdentity: false,
  }
  const columns = (options.columns ?? ['id']).map((column) => ({
    name: column,
    type: 'integer',
    baseType: 'integer',
    typeOid: 23,
    isNotNull: true,
    hasDefault: false,
    generated: 'no' as const,
    expression: undefined,
    identity: 'no' as const,
  }))
  const table: Table = {
    oid: 1,
    name: member.name,
    isPartitioned: false,
    members: [member],
    columns,
    key: undefined,
    uniqueColumns: new Set(),
    partitioning: undefined,
  }
  return { source: table, target: table, where: options.where }
}

const firstPart = (pair: TablePair) => {
  const [part] = planParts([pair], 4, 180000)
  if (part === undefined) throw new Error('no part')
  return part
}

test('a small table is one part, read by a plain COPY', () => {
  const part = firstPart(pairOf('Component', MB))
  expect(part.of).toBe(1)
  expect(copyOutSql(part, 'UTF8')).toBe(
    `COPY "public"."Component" ("id") TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`,
  )
})

test('a large table is split into ranges without gap or overlap, the last one open', () => {
  const parts = planParts([pairOf('big', 1000 * MB)], 4, 180000).sort((a, b) => a.number - b.number)
  expect(parts.length).toBeGreaterThan(4)
  expect(parts[0]?.pages?.first).toBe(0)
  for (const [index, part] of parts.entries()) expect(part.pages?.end).toBe(parts[index + 1]?.pages?.first)
  expect(parts.at(-1)?.pages?.end).toBeUndefined()
})

test('before PostgreSQL 14, a table is not split: every range would read all of it', () => {
  expect(planParts([pairOf('big', 1000 * MB)], 4, 130000)).toHaveLength(1)
})

test('the largest parts come first', () => {
  const parts = planParts([pairOf('small', MB), pairOf('large', 20 * MB)], 4, 180000)
  expect(parts.map((part) => part.member.name.name)).toEqual(['large', 'small'])
})

test('a condition is read under the name of its table', () => {
  expect(copyOutSql(firstPart(pairOf('Event', MB, { where: '"Event".id > 1' })), 'UTF8')).toContain(
    `FROM ONLY "public"."Event" AS "Event" WHERE ("Event".id > 1\n)`,
  )
})

test('a table without columns is copied without a column list', () => {
  const part = firstPart(pairOf('none', MB, { columns: [] }))
  expect(copyOutSql(part, 'UTF8')).toContain('COPY (SELECT  FROM ONLY "public"."none"')
  expect(copyInSql(part, { schema: 'mbsync_landing', name: 't' }, 'UTF8')).toContain(
    '"mbsync_landing"."t" FROM STDIN',
  )
})

test('bytes of a database without encoding travel as they are, and the target checks them', () => {
  expect(wireEncodings('SQL_ASCII', 'UTF8')).toEqual({ source: 'SQL_ASCII', target: 'UTF8' })
  expect(wireEncodings('LATIN1', 'UTF8')).toEqual({ source: 'UTF8', target: 'UTF8' })
})
