import type { Session } from '../../postgres/session.ts'
import { quoteQualified } from '../quote-name.ts'
import type { ColumnDetails } from '../table-details.ts'
import { IS_USER_SCHEMA } from './read-context.ts'
import { storageOptions } from './storage-options.ts'

/** A column as the catalog has it. `read-tables.ts` adds facts from other catalogs. Equal columns of different relations are one object. */
export interface ReadColumn extends Omit<ColumnDetails, 'notNull' | 'identity'> {
  readonly position: number
  readonly typeId: string
  readonly defaultId: string | undefined
  readonly identity: 'always' | 'by default' | undefined
}

/** Reads the columns of all tables, views and materialized views, by the ids of their relations. */
export async function readColumns(session: Session): Promise<Map<string, ReadColumn[]>> {
  const known = new Map<string, ReadColumn>()
  const toShared = (row: ColumnRow) => {
    // All but the relation, which comes first.
    const key = JSON.stringify(Object.values(row).slice(1))
    const column = known.get(key) ?? toColumn(row)
    known.set(key, column)
    return column
  }
  const columns = new Map<string, ReadColumn[]>()
  await session.queryEach(COLUMNS_SQL, [], (row: ColumnRow) => {
    const list = columns.get(row.relationId)
    // Copied, a list has no room for more; with push(), it would have it for 16 others.
    columns.set(row.relationId, list === undefined ? [toShared(row)] : [...list, toShared(row)])
  })
  return columns
}

const STORAGE = { p: 'plain', e: 'external', x: 'extended', m: 'main' } as const
const COMPRESSION = { p: 'pglz', l: 'lz4', d: 'default' } as const
const GENERATED = { s: 'stored', v: 'virtual' } as const
const IDENTITY = { a: 'always', d: 'by default' } as const

function toColumn(row: ColumnRow): ReadColumn {
  const { position, name, type, typeId, isNotNull, isLocal, isInherited, collationSchema, collationName } =
    row
  const collation =
    collationSchema === null || collationName === null
      ? undefined
      : quoteQualified({ schema: collationSchema, name: collationName })
  return {
    position,
    name,
    type,
    typeId,
    collation,
    isNotNull,
    isLocal,
    isInherited,
    default: row.default ?? undefined,
    defaultId: row.defaultId ?? undefined,
    generated: GENERATED[row.generated as keyof typeof GENERATED],
    identity: IDENTITY[row.identity as keyof typeof IDENTITY],
    storedAs: STORAGE[row.storedAs],
    storage: STORAGE[row.storage as keyof typeof STORAGE],
    compression: COMPRESSION[row.compression as keyof typeof COMPRESSION],
    statistics: row.statistics ?? undefined,
    options: storageOptions(row.options),
  }
}

interface ColumnRow extends Record<string, unknown> {
  readonly relationId: string
  readonly position: number
  readonly name: string
  readonly type: string
  readonly typeId: string
  readonly collationSchema: string | null
  readonly collationName: string | null
  readonly isNotNull: boolean
  readonly isLocal: boolean
  readonly isInherited: boolean
  readonly default: string | null
  readonly defaultId: string | null
  readonly generated: string
  readonly identity: string
  readonly storedAs: keyof typeof STORAGE
  readonly storage: string | null
  readonly compression: string | null
  readonly statistics: number | null
  readonly options: readonly string[] | null
}

/** Whether a column comes from a parent that stores it in another way, which a child would take over where it is created. Partitions are created apart. */
function hasParent(condition: string): string {
  return `(a.attinhcount > 0 AND NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i
    JOIN pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname WHERE i.inhrelid = c.oid AND ${condition}))`
}

const COLUMNS_SQL = `
SELECT 'pg_class:' || c.oid AS "relationId", a.attnum AS position, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  'pg_type:' || a.atttypid AS "typeId", cn.nspname AS "collationSchema", co.collname AS "collationName", a.attnotnull AS "isNotNull",
  a.attislocal AS "isLocal", a.attinhcount > 0 AS "isInherited", pg_get_expr(d.adbin, d.adrelid) AS default,
  'pg_attrdef:' || d.oid AS "defaultId", a.attgenerated::text AS generated, a.attidentity::text AS identity,
  a.attstorage::text AS "storedAs",
  CASE WHEN a.attstorage <> t.typstorage OR ${hasParent('p.attstorage <> a.attstorage')} THEN a.attstorage END::text AS storage,
  CASE WHEN a.attcompression <> '' THEN a.attcompression WHEN ${hasParent(`p.attcompression <> ''`)} THEN 'd' END::text AS compression, nullif(a.attstattarget, -1) AS statistics,
  ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o ~ '^n_distinct(_inherited)?=') AS options
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND ${IS_USER_SCHEMA}
ORDER BY c.oid, a.attnum`
