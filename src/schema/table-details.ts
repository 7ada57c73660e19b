import type { TableName } from '../core/table-name.ts'
import type { ObjectId } from './object-id.ts'

/**
 * What a table is made of, beside its indexes and the constraints that are objects of their own: what a difference of two tables
 * is found from. Texts are PostgreSQL's own, with qualified names, as in `character varying(20)` or `nextval('public.s'::regclass)`.
 */
export interface TableDetails {
  readonly name: TableName
  readonly isUnlogged: boolean
  /** Undefined for `heap`, and where the table has no storage of its own. */
  readonly accessMethod: string | undefined
  /** Storage parameters by name, as in `fillfactor` or `toast.autovacuum_enabled`. */
  readonly options: readonly StorageOption[]
  readonly replicaIdentity: ReplicaIdentity
  readonly hasRowSecurity: boolean
  readonly isRowSecurityForced: boolean
  /** The type that a typed table is of, qualified. */
  readonly ofType: string | undefined
  /** As in `RANGE (created_at)`, of a partitioned table. */
  readonly partitionKey: string | undefined
  /** Of a partition. */
  readonly partitionOf: { readonly parent: TableName; readonly bound: string } | undefined
  /** The tables that it inherits from, in order; a partition has none. */
  readonly inherits: readonly TableName[]
  /** In the order of the table. */
  readonly columns: readonly ColumnDetails[]
  /** The check constraints that are created with the table: valid, enforced, and not of a parent alone. */
  readonly checks: readonly CheckDetails[]
}

/** One storage parameter. */
export interface StorageOption {
  readonly name: string
  readonly value: string
}

/** How rows are named to subscribers; an index is named where it is created. */
export type ReplicaIdentity = 'default' | 'nothing' | 'full' | 'index'

/** A column of a table. */
export interface ColumnDetails {
  readonly name: string
  /** As `format_type` gives it, with its length or precision. */
  readonly type: string
  /** Qualified and quoted; undefined where it is that of the type. */
  readonly collation: string | undefined
  readonly isNotNull: boolean
  /** The constraint behind `isNotNull`, of servers that have one (18 and later). */
  readonly notNull: NotNullDetails | undefined
  /** The expression of the default, or of a generated column. */
  readonly default: string | undefined
  readonly generated: 'stored' | 'virtual' | undefined
  readonly identity: IdentityDetails | undefined
  /** `plain`, `external`, `extended` or `main`; undefined where it is that of the type. */
  readonly storage: ColumnStorage | undefined
  readonly compression: 'pglz' | 'lz4' | undefined
  /** The statistics target, where it has one of its own. */
  readonly statistics: number | undefined
  /** As in `n_distinct`. */
  readonly options: readonly StorageOption[]
  /** Whether the table defines it by itself, and not by a parent or type alone. */
  readonly isLocal: boolean
  readonly isInherited: boolean
}

/** Where values of a column are stored. */
export type ColumnStorage = 'plain' | 'external' | 'extended' | 'main'

/** A NOT NULL constraint with a name. */
export interface NotNullDetails {
  readonly id: ObjectId
  readonly name: string
  /** Whether it must be created by its name, as the server would choose another. */
  readonly hasOwnName: boolean
  readonly isNoInherit: boolean
  readonly isValid: boolean
  readonly isLocal: boolean
}

/** An identity column's own sequence. */
export interface IdentityDetails {
  readonly kind: 'always' | 'by default'
  /** Undefined in a partition, which has it from the partitioned table. */
  readonly sequence: SequenceDetails | undefined
}

/** The options of a sequence; numbers as text, as they may exceed those of JavaScript. */
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
  /** As in `CHECK ((a > 0))`. */
  readonly definition: string
}

/** What a constraint is; constraint triggers are triggers. */
export type ConstraintKind = 'check' | 'not null' | 'primary key' | 'unique' | 'exclusion' | 'foreign key'

/** What a constraint that is an object of its own asks of rows. */
export interface ConstraintDetails {
  readonly kind: ConstraintKind
  /** False for NOT VALID. */
  readonly isValid: boolean
  /** False for NOT ENFORCED, of servers that have it (18 and later). */
  readonly isEnforced: boolean
}

/** The columns of a view or materialized view, in order: they decide whether another query can replace its own. */
export interface ViewDetails {
  readonly name: TableName
  readonly columns: readonly Pick<ColumnDetails, 'name' | 'type' | 'collation'>[]
}
