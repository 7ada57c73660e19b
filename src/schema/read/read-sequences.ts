import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteQualified } from '../quote-name.ts'
import type { SequenceDetails } from '../table-details.ts'
import { writeSequenceOptions } from '../write-sequence.ts'
import { featureIf, sinceOf } from './features.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** A sequence that belongs to a column. */
export interface ColumnSequence {
  readonly id: string
  readonly details: SequenceDetails
  readonly tableId: string
  readonly column: string
  /** Whether it belongs to an identity column, which creates it with the table. */
  readonly isIdentity: boolean
}

/** Sequences that are objects, and sequences that belong to columns. */
export interface ReadSequences extends ReadObjects {
  readonly ofColumns: readonly ColumnSequence[]
}

/** Reads all sequences. The sequence of an identity column is not an object of its own. */
export async function readSequences(session: Session, { dependencies }: ReadContext): Promise<ReadSequences> {
  const rows = await session.query<SequenceRow>(SEQUENCES_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.filter(({ isIdentity }) => !isIdentity).map(toObject),
    ofColumns: own.flatMap((row) => {
      const { id, tableId, column, isIdentity } = row
      if (tableId === null || column === null) return []
      return [{ id, tableId, column, isIdentity, details: toDetails(row) }]
    }),
  }
}

function toObject(row: SequenceRow): DraftObject {
  const details = toDetails(row)
  const identity = `SEQUENCE ${quoteQualified(details.name)}`
  const unlogged = details.isUnlogged ? 'UNLOGGED ' : ''
  return {
    id: row.id,
    kind: 'sequence',
    identity,
    schema: row.schema,
    section: 'pre-data',
    create: [`CREATE ${unlogged}${identity}\n    ${writeSequenceOptions(details).join('\n    ')}`],
    // A sequence that belongs to a column changes its owner together with the table.
    owner: row.tableId === null ? row.owner : undefined,
    sequence: details,
    ...sinceOf([featureIf(details.isUnlogged, 150000, 'unlogged sequences')]),
  }
}

function toDetails(row: SequenceRow): SequenceDetails {
  const { schema, name, tableSchema, tableName, column } = row
  const { type, start, increment, min, max, cache, isCycling, isUnlogged } = row
  const table: TableName | undefined =
    tableSchema === null || tableName === null ? undefined : { schema: tableSchema, name: tableName }
  const ownedBy = table === undefined || column === null ? undefined : { table, column }
  return { name: { schema, name }, type, start, increment, min, max, cache, isCycling, isUnlogged, ownedBy }
}

interface SequenceRow extends Record<string, unknown>, Omit<SequenceDetails, 'name' | 'ownedBy'> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly tableId: string | null
  readonly tableSchema: string | null
  readonly tableName: string | null
  readonly column: string | null
  readonly isIdentity: boolean
}

const SEQUENCES_SQL = `
SELECT 'pg_class:' || c.oid AS id, n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
  format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS increment, s.seqmin::text AS min,
  s.seqmax::text AS max, s.seqcache::text AS cache, s.seqcycle AS "isCycling", c.relpersistence = 'u' AS "isUnlogged",
  'pg_class:' || t.oid AS "tableId", tn.nspname AS "tableSchema", t.relname AS "tableName", a.attname AS column,
  coalesce(d.deptype = 'i', false) AS "isIdentity"
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE ${IS_USER_SCHEMA}
ORDER BY c.relname, n.nspname`
