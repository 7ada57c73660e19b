import type { TableName } from '../../core/table-name.ts'
import type {
  CheckDetails,
  ColumnDetails,
  IdentityDetails,
  NotNullDetails,
  ReplicaIdentity,
  TableDetails,
} from '../table-details.ts'
import type { ListedConstraint } from './list-constraints.ts'
import type { ReadColumn } from './read-columns.ts'
import type { ColumnSequence } from './read-sequences.ts'
import { storageOptions } from './storage-options.ts'

/** A table as the catalog has it, without its columns. */
export interface TableRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly isUnlogged: boolean
  readonly accessMethod: string | null
  readonly options: readonly string[] | null
  readonly toastOptions: readonly string[] | null
  readonly replicaIdentity: string
  readonly hasRowSecurity: boolean
  readonly isRowSecurityForced: boolean
  readonly ofType: string | null
  readonly partitionKey: string | null
  readonly isPartition: boolean
  readonly partitionBound: string | null
  readonly parentIds: readonly string[]
  readonly parents: readonly TableName[]
}

/** What belongs to one table, of what is created with it. */
interface PartsOfTable {
  readonly columns: readonly ReadColumn[]
  readonly constraints: readonly ListedConstraint[]
  readonly sequences: readonly ColumnSequence[]
}

const REPLICA_IDENTITY: Readonly<Record<string, ReplicaIdentity>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
}

/** Puts together what has been read of a table. */
export function tableDetails(row: TableRow, parts: PartsOfTable): TableDetails {
  const [parent] = row.parents
  const isAttached = row.isPartition && parent !== undefined && row.partitionBound !== null
  return {
    name: { schema: row.schema, name: row.name },
    isUnlogged: row.isUnlogged,
    accessMethod: row.accessMethod ?? undefined,
    options: storageOptions(row.options).concat(storageOptions(row.toastOptions, 'toast.')),
    replicaIdentity: REPLICA_IDENTITY[row.replicaIdentity] ?? 'default',
    hasRowSecurity: row.hasRowSecurity,
    isRowSecurityForced: row.isRowSecurityForced,
    ofType: row.ofType ?? undefined,
    partitionKey: row.partitionKey ?? undefined,
    partitionOf: isAttached ? { parent, bound: row.partitionBound } : undefined,
    inherits: row.isPartition ? [] : row.parents,
    columns: parts.columns.map((column) => columnDetails(column, parts)),
    checks: checksOf(parts.constraints),
  }
}

/** Most of thousands of tables have none: so these share one list. */
const NO_CHECKS: readonly CheckDetails[] = []

function checksOf(constraints: readonly ListedConstraint[]): readonly CheckDetails[] {
  const checks = constraints.filter(({ kind }) => kind === 'check')
  return checks.length === 0
    ? NO_CHECKS
    : checks.map(({ id, name, definition }) => ({ id, name, definition }))
}

/** Equal columns of many tables, which have come as one object, share their details, too. */
const PLAIN = new WeakMap<ReadColumn, ColumnDetails>()

function columnDetails(column: ReadColumn, { constraints, sequences }: PartsOfTable): ColumnDetails {
  const { position, typeId: _typeId, defaultId: _defaultId, identity, ...details } = column
  const constraint = constraints.find(({ kind, columns }) => kind === 'not null' && columns[0] === position)
  const isPlain = constraint === undefined && identity === undefined
  const known = isPlain ? PLAIN.get(column) : undefined
  if (known !== undefined) return known
  const sequence = sequences.find((other) => other.isIdentity && other.column === column.name)
  const found = {
    notNull: constraint === undefined ? undefined : notNullDetails(constraint, column.name),
    identity: identity === undefined ? undefined : identityDetails(identity, sequence),
    ...details,
  }
  if (isPlain) PLAIN.set(column, found)
  return found
}

function notNullDetails(constraint: ListedConstraint, column: string): NotNullDetails {
  const { id, name, table, isNoInherit, isValid, isLocal, isNameShared } = constraint
  const hasOwnName = isNameShared || name !== `${table.name}_${column}_not_null`
  return { id, name, hasOwnName, isNoInherit, isValid, isLocal }
}

function identityDetails(
  kind: IdentityDetails['kind'],
  sequence: ColumnSequence | undefined,
): IdentityDetails {
  return { kind, sequence: sequence?.details }
}
