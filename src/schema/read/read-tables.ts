import { groupBy } from '../../core/group-by.ts'
import { joined } from '../../core/joined.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { TableDetails } from '../table-details.ts'
import { writeTable } from '../write-table.ts'
import { sinceOf, tableFeatures } from './features.ts'
import type { ListedConstraint } from './list-constraints.ts'
import type { ReadColumn } from './read-columns.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'
import type { ColumnSequence } from './read-sequences.ts'
import { type TableRow, tableDetails } from './table-row.ts'

/** Facts about tables that other readers provide. */
export interface TableParts {
  readonly columns: ReadonlyMap<string, readonly ReadColumn[]>
  /** Those that are created with their tables. */
  readonly constraints: readonly ListedConstraint[]
  readonly sequences: readonly ColumnSequence[]
}

/** A table with everything that is read about it. */
interface ReadTable {
  readonly row: TableRow
  readonly details: TableDetails
  readonly columns: readonly ReadColumn[]
  readonly sequences: readonly ColumnSequence[]
  /** The columns whose defaults need an object that needs the table. */
  readonly circular: readonly ReadColumn[]
}

/**
 * Reads tables with their columns, and the defaults and checks that are created with them. Those that need an object which needs the table
 * are separate. Partitions are created like other tables and attached afterwards, so that their columns keep their order.
 */
export async function readTables(
  session: Session,
  context: ReadContext,
  parts: TableParts,
): Promise<ReadObjects> {
  const rows = await session.query<TableRow>(TABLES_SQL)
  const own = rows.filter(({ id }) => context.dependencies.extensionOf(id) === undefined)
  const constraints = groupBy(parts.constraints, ({ tableId }) => tableId)
  const sequences = groupBy(parts.sequences, ({ tableId }) => tableId)
  const read = (row: TableRow): ReadTable => {
    const columns = parts.columns.get(row.id) ?? []
    const ofTable = { columns, sequences: sequences.get(row.id) ?? [] }
    const circular = columns.filter((column) => isCircular(column, row, context))
    return {
      row,
      details: tableDetails(row, { constraints: constraints.get(row.id) ?? [], ...ofTable }),
      ...ofTable,
      circular,
    }
  }
  const inherited = new Set(own.flatMap(({ parentIds }) => parentIds))
  const parents = new Map(
    own.filter(({ id }) => inherited.has(id)).map((row) => [row.id, read(row).details] as const),
  )
  return { objects: own.flatMap((row) => toObjects(read(row), parents)) }
}

/** The default of a generated column is its expression, and cannot be added later. */
function isCircular(
  { defaultId, generated }: ReadColumn,
  { id }: TableRow,
  { dependencies }: ReadContext,
): boolean {
  return defaultId !== undefined && generated === undefined && dependencies.isCircular(defaultId, id)
}

function toObjects(table: ReadTable, parents: ReadonlyMap<string, TableDetails>): DraftObject[] {
  const attach = toPartition(table)
  return [toTable(table, parents), ...table.circular.map((column) => toDefault(table, column)), ...attach]
}

function toTable(
  { row, details, columns, sequences, circular }: ReadTable,
  known: ReadonlyMap<string, TableDetails>,
): DraftObject {
  const separate = new Set(circular.map(({ name }) => name))
  const parents = row.parentIds.flatMap((id) => known.get(id) ?? [])
  const identity = joined('TABLE ', quoteQualified(details.name))
  const ofColumns = columns.flatMap(({ defaultId, name }) =>
    defaultId === undefined || separate.has(name) ? [] : [{ id: defaultId }],
  )
  const ofIdentity = sequences.filter(({ isIdentity }) => isIdentity)
  const constraints = [...details.checks, ...details.columns.flatMap(({ notNull }) => notNull ?? [])]
  return {
    id: row.id,
    kind: 'table',
    identity,
    schema: row.schema,
    section: 'pre-data',
    // A copy has no room for more: an array that was put together has it for 16 items.
    create: writeTable(details, {
      parents,
      separate,
      sequences: sequences.flatMap(({ isIdentity, details }) => (isIdentity ? [] : [details])),
    }).slice(),
    owner: row.owner,
    parts: [
      ...ofColumns,
      ...ofIdentity.map(({ id, details: { name } }) => ({
        id,
        identity: `SEQUENCE ${quoteQualified(name)}`,
      })),
      ...constraints.map(({ id, name }) => ({
        id,
        identity: `CONSTRAINT ${quoteName(name)} ON ${quoteQualified(details.name)}`,
      })),
    ],
    dependsOn: sequences.flatMap(({ id, isIdentity }) => (isIdentity ? [] : [id])),
    table: details,
    ...sinceOf(tableFeatures(details)),
  }
}

function toDefault(
  { row, details }: ReadTable,
  { name, default: expression, defaultId }: ReadColumn,
): DraftObject {
  const table = quoteQualified(details.name)
  return {
    id: defaultId ?? '',
    kind: 'default',
    identity: `DEFAULT ${table}.${quoteName(name)}`,
    schema: row.schema,
    of: details.name,
    section: 'pre-data',
    create: [`ALTER TABLE ONLY ${table} ALTER COLUMN ${quoteName(name)} SET DEFAULT ${expression}`],
    owner: undefined,
  }
}

function toPartition({ row, details }: ReadTable): DraftObject[] {
  const { name, partitionOf } = details
  if (partitionOf === undefined) return []
  const partition = quoteQualified(name)
  const { parent, bound } = partitionOf
  return [
    {
      id: `${row.id}:partition`,
      kind: 'partition',
      identity: `PARTITION ${partition}`,
      schema: row.schema,
      of: name,
      section: 'pre-data',
      create: [`ALTER TABLE ONLY ${quoteQualified(parent)} ATTACH PARTITION ${partition} ${bound}`],
      owner: undefined,
      dependsOn: [row.id, ...row.parentIds],
    },
  ]
}

const TABLES_SQL = `
SELECT 'pg_class:' || c.oid AS id, n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
  c.relpersistence = 'u' AS "isUnlogged", nullif(am.amname, 'heap') AS "accessMethod", c.reloptions::text[] AS options,
  tc.reloptions::text[] AS "toastOptions", CASE
    WHEN c.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident) THEN 'd'
    ELSE c.relreplident::text END AS "replicaIdentity", c.relrowsecurity AS "hasRowSecurity",
  c.relforcerowsecurity AS "isRowSecurityForced", format_type(nullif(c.reloftype, 0), NULL) AS "ofType",
  pg_get_partkeydef(c.oid) AS "partitionKey", c.relispartition AS "isPartition", pg_get_expr(c.relpartbound, c.oid) AS "partitionBound",
  ARRAY(SELECT 'pg_class:' || i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS "parentIds",
  coalesce((
    SELECT json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY i.inhseqno)
    FROM pg_inherits i
    JOIN pg_class p ON p.oid = i.inhparent
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid
  ), '[]') AS parents
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p') AND ${IS_USER_SCHEMA}`
