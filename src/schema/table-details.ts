import type { TableName } from '../core/table-name.ts'
import type { ObjectId } from './object-id.ts'

/**
 * The details of a table, without indexes and constraints that are separate objects. Differences between two tables are found from them.
 * Texts are PostgreSQL's own with qualified names, such as `character varying(20)` or `nextval('public.s'::regclass)`.
 */
export interface TableDetails {
  readonly name: TableName
  readonly isUnlogged: boolean
  /** Undefined for `heap`, and for a table without storage. */
  readonly accessMethod: string | undefined
  /** Storage parameters by name, such as `fillfactor` or `toast.autovacuum_enabled`. */
  readonly options: readonly StorageOption[]
  readonly replicaIdentity: ReplicaIdentity
  readonly hasRowSecurity: boolean
  readonly isRowSecurityForced: boolean
  /** The qualified type of a typed table. */
  readonly ofType: string | undefined
  /** For a partitioned table, such as `RANGE (created_at)`. */
  readonly partitionKey: string | undefined
  /** For a partition. */
  readonly partitionOf: { readonly parent: TableName; readonly bound: string } | undefined
  /** The tables that it inherits from, in order; a partition has none. */
  readonly inherits: readonly TableName[]
  /** In the order of the table. */
  readonly columns: readonly ColumnDetails[]
  /** The check constraints that are created with the table: valid, enforced, and not only from a parent. */
  readonly checks: readonly CheckDetails[]
}

/** One storage parameter. */
export interface StorageOption {
  readonly name: string
  readonly value: string
}

/** How subscribers identify rows. An index says so itself where it is created. */
export type ReplicaIdentity = 'default' | 'nothing' | 'full' | 'index'

/** A column of a table. */
export interface ColumnDetails {
  readonly name: string
  /** In the form of `format_type`, with its length or precision. */
  readonly type: string
  /** Qualified and quoted; undefined if it is the default of the type. */
  readonly collation: string | undefined
  readonly isNotNull: boolean
  /** The constraint behind `isNotNull`, on servers that have one (18 and later). */
  readonly notNull: NotNullDetails | undefined
  /** The expression of the default, or of a generated column. */
  readonly default: string | undefined
  readonly generated: 'stored' | 'virtual' | undefined
  readonly identity: IdentityDetails | undefined
  /** How its values are stored, in any case; undefined if that is unknown. */
  readonly storedAs: ColumnStorage | undefined
  /** `plain`, `external`, `extended` or `main`; undefined if it is the default of the type, and no parent has another. */
  readonly storage: ColumnStorage | undefined
  /** `default` if a parent has another. */
  readonly compression: 'pglz' | 'lz4' | 'default' | undefined
  /** The statistics target, if the column has its own. */
  readonly statistics: number | undefined
  /** Such as `n_distinct`. */
  readonly options: readonly StorageOption[]
  /** Whether the table itself defines it, and not only a parent or type. */
  readonly isLocal: boolean
  readonly isInherited: boolean
}

/** How values of a column are stored. */
export type ColumnStorage = 'plain' | 'external' | 'extended' | 'main'

/** A NOT NULL constraint with a name. */
export interface NotNullDetails {
  readonly id: ObjectId
  readonly name: string
  /** Whether it must be created with its name, because the server would choose another. */
  readonly hasOwnName: boolean
  readonly isNoInherit: boolean
  readonly isValid: boolean
  readonly isLocal: boolean
}

/** The sequence of an identity column. */
export interface IdentityDetails {
  readonly kind: 'always' | 'by default'
  /** Undefined for a partition, which has it from the partitioned table. */
  readonly sequence: SequenceDetails | undefined
}

/** The options of a sequence. Numbers are text, because they may exceed those of JavaScript. */
export interface SequenceDetails {
  readonly name: TableName
  /** `smallint`, `integer` or `bigint`. */
  readonly type: string
  readonly start: string
  readonly increment: string
  readonly min: string
  readonly max: string
  readonly cache: string
  readonly isCycling: boolean
  readonly isUnlogged: boolean
  /** The column that it belongs to. */
  readonly ownedBy: { readonly table: TableName; readonly column: string } | undefined
}

/** A check constraint that is created with its table. */
export interface CheckDetails {
  readonly id: ObjectId
  readonly name: string
  /** Such as `CHECK ((a > 0))`. */
  readonly definition: string
}

/** The kinds of constraints. Constraint triggers count as triggers. */
export type ConstraintKind = 'check' | 'not null' | 'primary key' | 'unique' | 'exclusion' | 'foreign key'

/** The condition of a constraint that is a separate object. */
export interface ConstraintDetails {
  readonly kind: ConstraintKind
  /** False for NOT VALID. */
  readonly isValid: boolean
  /** False for NOT ENFORCED, on servers that have it (18 and later). */
  readonly isEnforced: boolean
}

/** The columns of a view or materialized view, in order. They decide whether its query can be replaced. */
export interface ViewDetails {
  readonly name: TableName
  readonly columns: readonly Pick<ColumnDetails, 'name' | 'type' | 'collation'>[]
}
