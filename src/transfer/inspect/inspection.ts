import type { MaskRule } from '../../core/mask.ts'
import type { TableName } from '../../core/table-name.ts'
import type { TablePattern } from '../../core/table-pattern.ts'
import type { IndexNames, ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { DeferrableConstraint, UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import type { ColumnComparison, ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { FunctionRead } from '../../postgres/catalog/read-function-reads.ts'
import type { Restrictions } from '../../postgres/catalog/read-restrictions.ts'
import type { Sequence, SequenceColumn, SequenceValue } from '../../postgres/catalog/read-sequences.ts'
import type { ServerFacts } from '../../postgres/catalog/read-server.ts'
import type { Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { TypeDefinition } from '../../postgres/catalog/read-types.ts'
import type { Column, Partition, Partitioning, Table } from '../../postgres/catalog/table.ts'

import type { LeftOut } from './left-out-rows.ts'
import type { StayRule, StayRules } from './stay-rule.ts'

/** The tables and sequences of a run, and which of their rows. */
export interface Selection extends StayRules {
  readonly include: readonly TablePattern[]
  readonly exclude: readonly TablePattern[]
  /** Limits the result of include and exclude; empty for no limit. */
  readonly only: readonly TablePattern[]
  /** A table may have several conditions. Rows must meet all of them. */
  readonly where: readonly { readonly table: TableName; readonly condition: string }[]
  readonly columns: readonly ColumnRule[]
  /** What the values of columns become before they leave the source, and the secret for it. */
  readonly masks?: {
    readonly rules: readonly MaskRule[]
    readonly key: string | undefined
    /** Whether a column that looks personal must be masked or accepted. */
    readonly isStrict?: boolean
  }
  /** Whether large objects are copied with the rows that refer to them. */
  readonly hasLargeObjects?: boolean
  /** Whether histories of migrations are ordinary tables, as in dumps. Otherwise they must be selected by name. */
  readonly takesHistories?: boolean
}

/** Columns of a table that are left out. The target keeps its values in them. */
export interface ColumnRule {
  readonly table: TableName
  readonly exclude: readonly string[]
}

/**
 * How the merge handles triggers and foreign keys: with `session_replication_role = replica` if the role may set it, otherwise as the owner
 * of the tables.
 */
export type MergeMode = 'replica role' | 'owner'

/** What is known about a source, limited to the selection. A live database and a dump can both provide it, so it contains no object ids. */
export interface SourceCatalog {
  readonly server: SourceServer
  /** Every relation that a selection could name. */
  readonly relations: readonly SourceRelation[]
  /** In a live database, what has names beside them. */
  readonly indexes?: IndexNames
  readonly tables: readonly SourceTable[]
  /** User-defined types that the tables' columns use, by name. */
  readonly types: ReadonlyMap<string, TypeDefinition>
  readonly extensionNames: ExtensionNames
  readonly foreignKeys: readonly SourceForeignKey[]
  readonly sequences: readonly SourceSequence[]
  /** Constraints that its rows are known to meet; undefined if unknown, as in dumps of earlier versions. */
  readonly restrictions: Restrictions | undefined
  /** What is left out with the selected tables; undefined in dumps of earlier versions. */
  readonly leftOut: LeftOut | undefined
  /** Where a column of a table is stored, in a live database: see `placesOf()`. */
  readonly placesOf?: (table: TableName, column: string) => readonly string[]
}

/** What a source's server says about itself. */
export type SourceServer = Pick<ServerFacts, 'name' | 'database' | 'version' | 'encoding'>

/** A relation that a selection could name. */
export type SourceRelation = Pick<ListedRelation, 'name' | 'kind' | 'history' | 'platform'>

/** A column as a source has it. */
export type SourceColumn = Omit<Column, 'number'>

/** A table as a source has it. */
export interface SourceTable {
  readonly name: TableName
  readonly isPartitioned: boolean
  readonly columns: readonly SourceColumn[]
  /** The columns that the profile leaves out. They are not among `columns`. */
  readonly leftOut: readonly string[]
  /** The columns in the text of its rows, if they differ from the stored ones of `columns`. */
  readonly textColumns?: readonly string[]
  /** The columns of the best key to match rows by, if there is one. */
  readonly keyColumns: readonly string[] | undefined
  readonly partitioning: Partitioning | undefined
  /** The relations that hold its rows, if they are known, with the bounds of partitions. */
  readonly partitions?: readonly { readonly name: TableName; readonly bounds?: string | undefined }[]
  /** The SQL condition that limits its rows. */
  readonly where: string | undefined
  /** The columns that the source masks. */
  readonly masked?: ReadonlySet<string>
  /** Those of which only the profile says that the masked values meet all constraints (`allow`). */
  readonly unproven?: ReadonlySet<string>
  /** Digests of the masks of these columns, by their names: the rules, and the key that they depend on. */
  readonly maskDigests?: ReadonlyMap<string, string>
  /** In a live database, a hash of everything that decides whether a watermark of the table still counts. */
  readonly fingerprint?: string
  /** In a live database, a digest that is equal for two runs if they get the same masked values of the same rows. */
  readonly masksDigest?: string
}

/** A foreign key with at least one end among a source's tables. */
export type SourceForeignKey = Pick<
  ForeignKey,
  'child' | 'parent' | 'childColumns' | 'parentColumns' | 'isValid' | 'isEnforced'
> &
  // Missing in dumps of earlier versions.
  Partial<Pick<ForeignKey, 'isMatchFull' | 'hasPeriod' | 'firing'>> & {
    readonly comparisons?:
      | readonly Pick<ColumnComparison, 'collation' | 'isLoose' | 'looseRules'>[]
      | undefined
  }

/** A sequence as a source has it. */
export interface SourceSequence {
  readonly name: TableName
  /** The selected table that owns it, if one does. */
  readonly table: TableName | undefined
  /** The columns of selected tables that use it; none in dumps of earlier versions. */
  readonly columns: readonly SourceSequenceColumn[]
  readonly type: string
  readonly minimum: string
  readonly maximum: string
  /** Undefined in dumps of earlier versions. */
  readonly increment: string | undefined
  /** Its position; undefined if the role may not read it. */
  readonly value: SequenceValue | undefined
}

/** A column of a selected table that uses a sequence. */
interface SourceSequenceColumn extends Omit<SequenceColumn, 'tableOid' | 'table'> {
  readonly table: TableName
  /** The table itself, or one of its partitions, each of which has its own default. */
  readonly relation: TableName
}

/** The catalog of a database, limited to the selection. */
export interface DatabaseCatalog {
  readonly server: ServerFacts
  /** Every relation of the database that a profile could name. */
  readonly relations: readonly ListedRelation[]
  readonly indexes: IndexNames
  readonly tables: readonly Table[]
  /** User-defined types that the tables' columns use, by name. */
  readonly types: ReadonlyMap<string, TypeDefinition>
  readonly extensionNames: ExtensionNames
  /** The names of the types that each table uses, by its object id. */
  readonly typeNames: ReadonlyMap<number, readonly string[]>
  /** The type, by the object id of its table, whose values show names of objects or roles. */
  readonly namingTypes: ReadonlyMap<number, string>
  readonly foreignKeys: readonly ForeignKey[]
  readonly unvalidated: readonly UnvalidatedConstraint[]
  readonly restrictions: Restrictions
  /** What the checks and computed columns of the tables read, through functions. */
  readonly functionReads: readonly FunctionRead[]
  /** Every sequence of the database. */
  readonly sequences: readonly Sequence[]
}

/** The target's catalog, with what prevents writing. */
export interface TargetCatalog extends DatabaseCatalog {
  readonly mode: MergeMode
  readonly triggers: readonly Trigger[]
  readonly rules: readonly Trigger[]
  readonly deferrable: readonly DeferrableConstraint[]
  /** Tables outside the selection at the other end of a foreign key. */
  readonly neighbours: readonly Partition[]
  /** mbsync's own schemas that exist already, and whether the role may create tables in them. */
  readonly ownSchemas: readonly {
    readonly name: string
    readonly canCreate: boolean
    readonly owner: string
  }[]
  /** Whether a server-side rule makes it impossible for the role to create `mbsync_landing` and the other schemas. */
  readonly canCreateOwnSchemas: boolean
  /** Stays the same as long as the definitions of the tables, their neighbours and types do not change. */
  readonly signature: string
}

/** Both sides as they were found, before anything is judged or changed. */
export interface Inspection {
  readonly selection: Selection
  /** The target's name in the configuration. */
  readonly targetName: string
  readonly source: SourceCatalog
  readonly target: TargetCatalog
  /** Tables that both sides have. */
  readonly pairs: readonly TablePair[]
  /** Sequences that the run sets. */
  readonly sequences: readonly SequencePair[]
}

/** One table on both sides. */
export interface TablePair {
  readonly source: SourceTable
  readonly target: Table
  /** Which rows of the target a run leaves as they are; undefined for none. */
  readonly stays?: StayRule | undefined
}

/** A sequence of the target, and the sequences that decide its position. */
export interface SequencePair {
  readonly target: Sequence
  /** The sequences that the same columns use in the source, or the sequence of the same name; none if the source has none. */
  readonly sources: readonly SourceSequence[]
  /** Whether columns outside the run use it, too. It is then not moved back to numbers that their rows may have. */
  readonly isShared: boolean
}
