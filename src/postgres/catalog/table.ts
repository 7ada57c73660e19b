import type { TableName } from '../../core/table-name.ts'
import type { Equality } from './equality.ts'

/**
 * A table as a run sees it: an ordinary table alone (`ONLY`, children of an inheritance tree are tables of
 * their own), or a partitioned table with every partition beneath it.
 */
export interface Table {
  readonly oid: number
  readonly name: TableName
  readonly isPartitioned: boolean
  /** The relation itself and every partition beneath it, in any depth. */
  readonly partitions: readonly Partition[]
  readonly columns: readonly Column[]
  /** The best key to match rows by: the primary key, else a unique index over NOT NULL columns. */
  readonly key: Key | undefined
  /** Columns that some unique or exclusion index of any partition depends on. */
  readonly uniqueColumns: ReadonlySet<string>
  /** `PARTITION BY` as PostgreSQL writes it, and the bounds of the first level of partitions. */
  readonly partitioning: Partitioning | undefined
}

/** One physical or partitioned relation of a table. */
export interface Partition {
  readonly oid: number
  readonly name: TableName
  readonly kind: 'table' | 'partitioned' | 'foreign'
  readonly isUnlogged: boolean
  /** Pages of the main fork, 8192 bytes each. */
  readonly pages: number
  /** The main forks of the relation and of its TOAST table, in bytes. */
  readonly bytes: number
  /** The planner's estimate; 0 when it has none. */
  readonly estimatedRows: number
  /** Changes when the relation is truncated or rewritten. 0 for relations without storage. */
  readonly fileNode: number
  /** `FOR VALUES …` or `DEFAULT` of a partition. */
  readonly bounds: string | undefined
  /** Of a partition, the `attnum` of each column, in the order of the columns' names by their bytes; undefined for what is none. */
  readonly columnNumbers: readonly number[] | undefined
  /** Tables that inherit from an ordinary one: their rows are not among its own. */
  readonly children: readonly number[]
  readonly isRowSecurityActive: boolean
  readonly isRowSecurityForced: boolean
  readonly canUseSchema: boolean
  readonly canSelect: boolean
  readonly canWrite: boolean
  readonly isOwner: boolean
  /** The role that owns it, and whether the current one is a member of that role which does not inherit its rights. */
  readonly owner: string
  readonly isDormantOwner: boolean
  /** Those who could change it, or put something else into its place, and are not trusted with the rights of the role. */
  readonly untrustedOwners: readonly string[]
  /** Whether a publication makes UPDATE or DELETE fail for want of a replica identity that fits it. */
  readonly lacksReplicaIdentity: boolean
}

/** One column that is not dropped. */
export interface Column {
  /** `attnum`: a column that is dropped and added again has another one. */
  readonly number: number
  readonly name: string
  /** The type as `format_type` writes it, schema-qualified unless built in, with its modifier. */
  readonly type: string
  /** The same after following domains down to what is stored. */
  readonly baseType: string
  readonly isNotNull: boolean
  readonly hasDefault: boolean
  readonly generated: 'no' | 'stored' | 'virtual'
  /** The expression of a generated column. */
  readonly expression?: string | undefined
  readonly identity: 'no' | 'always' | 'by default'
  /** How its long values are to be compressed, if the column itself says so; dumps do not say it. */
  readonly compression?: 'pglz' | 'lz4' | undefined
}

/** Columns that identify a row, with the operators and collations of the index that proves it. */
export interface Key {
  readonly index: string
  readonly columns: readonly KeyColumn[]
}

/** A column of a key, and how its index compares values. */
interface KeyColumn extends Equality {
  readonly name: string
  /** Set if the index may take values for equal that are not the same: under a nondeterministic collation, or by an operator of an extension. */
  readonly isLoose?: true
}

/** How a partitioned table is split. */
export interface Partitioning {
  readonly key: string
  /** `FOR VALUES …` or `DEFAULT` of each direct partition. */
  readonly bounds: readonly string[]
}
