import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { ConstraintKind } from '../table-details.ts'
import { IS_USER_SCHEMA, type ReadContext } from './read-context.ts'

/** A constraint of a table, as the catalog has it. */
export interface ListedConstraint {
  readonly id: string
  readonly name: string
  readonly tableId: string
  readonly table: TableName
  readonly isTablePartitioned: boolean
  readonly kind: ConstraintKind
  /** PostgreSQL's own text for it, beginning with its kind. */
  readonly definition: string
  /** The positions of its columns. */
  readonly columns: readonly number[]
  readonly isValid: boolean
  readonly isEnforced: boolean
  /** Whether the table is a partition. Constraints that it has from its partitioned table are written for it, too. */
  readonly isTablePartition: boolean
  /** Whether the table has it by itself, and not only from a parent. */
  readonly isLocal: boolean
  readonly isNoInherit: boolean
  /** Whether the constraint of the partitioned table creates it. */
  readonly isOfParent: boolean
  /** Whether another table of its schema has one of the same name. Which of them gets the name depends on the order of creation. */
  readonly isNameShared: boolean
  /** For foreign keys and keys: whether the last column is a period (18 and later). */
  readonly hasPeriod: boolean
  /** Whether ON DELETE changes only some of the columns (15 and later). */
  readonly hasDeleteColumns: boolean
  readonly indexId: string | undefined
  /** The table that a foreign key refers to. */
  readonly referencedId: string | undefined
}

/** Lists the constraints of all tables. */
export async function listConstraints(session: Session): Promise<ListedConstraint[]> {
  return session.queryEach(constraintsSql(session.serverVersion), [], toListed)
}

function toListed({
  schema,
  tableName,
  kind,
  indexId,
  referencedId,
  ...rest
}: ConstraintRow): ListedConstraint {
  return {
    table: { schema, name: tableName },
    kind: KINDS[kind],
    indexId: indexId ?? undefined,
    referencedId: referencedId ?? undefined,
    ...rest,
  }
}

/**
 * Whether a constraint is written in the statement that creates its table. A check that rows may violate comes after them, and one that
 * calls something that needs the table comes after the table.
 */
export function isCreatedWithTable(constraint: ListedConstraint, { dependencies }: ReadContext): boolean {
  const { id, kind, tableId, isValid, isEnforced, isLocal, isTablePartition } = constraint
  if (kind === 'not null') return true
  const isHere = kind === 'check' && (isLocal || isTablePartition)
  return isHere && isValid && isEnforced && !dependencies.isCircular(id, tableId)
}

const KINDS = {
  c: 'check',
  n: 'not null',
  p: 'primary key',
  u: 'unique',
  x: 'exclusion',
  f: 'foreign key',
} as const

interface ConstraintRow
  extends Record<string, unknown>,
    Omit<ListedConstraint, 'table' | 'kind' | 'indexId' | 'referencedId'> {
  readonly schema: string
  readonly tableName: string
  readonly kind: keyof typeof KINDS
  readonly indexId: string | null
  readonly referencedId: string | null
}

function constraintsSql(serverVersion: number): string {
  return `
SELECT 'pg_constraint:' || k.oid AS id, k.conname AS name, 'pg_class:' || c.oid AS "tableId", n.nspname AS schema, c.relname AS "tableName",
  c.relkind = 'p' AS "isTablePartitioned", c.relispartition AS "isTablePartition", k.contype::text AS kind, pg_get_constraintdef(k.oid) AS definition,
  coalesce(k.conkey, '{}') AS columns,
  count(*) OVER (PARTITION BY k.connamespace, k.conname) > 1 AS "isNameShared", k.convalidated AS "isValid",
  ${serverVersion >= 180000 ? 'k.conenforced' : 'true'} AS "isEnforced", ${serverVersion >= 180000 ? 'k.conperiod' : 'false'} AS "hasPeriod",
  ${serverVersion >= 150000 ? 'k.confdelsetcols IS NOT NULL' : 'false'} AS "hasDeleteColumns", k.conislocal AS "isLocal",
  k.connoinherit AS "isNoInherit", k.conparentid <> 0 AS "isOfParent", 'pg_class:' || nullif(k.conindid, 0) AS "indexId",
  'pg_class:' || nullif(k.confrelid, 0) AS "referencedId"
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('c', 'n', 'p', 'u', 'x', 'f') AND c.relkind IN ('r', 'p') AND ${IS_USER_SCHEMA}
ORDER BY k.conname`
}
