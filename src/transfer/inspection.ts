import type { TableName } from '../core/table-name.ts'
import type { TablePattern } from '../core/table-pattern.ts'
import type { ListedRelation } from '../postgres/catalog/list-relations.ts'
import type { DeferrableConstraint, UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../postgres/catalog/read-foreign-keys.ts'
import type { Sequence, SequenceValue } from '../postgres/catalog/read-sequences.ts'
import type { ServerFacts } from '../postgres/catalog/read-server.ts'
import type { Trigger } from '../postgres/catalog/read-triggers.ts'
import type { TypeDefinition } from '../postgres/catalog/read-types.ts'
import type { Member, Table } from '../postgres/catalog/table.ts'

/** Which tables and sequences a run is about, and which of their rows. */
export interface Selection {
  readonly include: readonly TablePattern[]
  readonly exclude: readonly TablePattern[]
  /** Narrows what include and exclude leave; empty for no narrowing. */
  readonly only: readonly TablePattern[]
  readonly where: readonly { readonly table: TableName; readonly condition: string }[]
}

/**
 * How the merge keeps triggers and foreign keys out of its way: with `session_replication_role = replica` where
 * the role may set it, else as the owner of the tables.
 */
export type MergeMode = 'replica role' | 'owner'

/** The catalog of one side, reduced to what was selected. */
export interface SideCatalog {
  readonly server: ServerFacts
  /** Every relation of the database that a profile could name. */
  readonly relations: readonly ListedRelation[]
  readonly tables: readonly Table[]
  /** User-defined types that the tables' columns use, by name. */
  readonly types: ReadonlyMap<string, TypeDefinition>
  readonly foreignKeys: readonly ForeignKey[]
  readonly unvalidated: readonly UnvalidatedConstraint[]
  readonly sequences: readonly Sequence[]
}

/** The target's catalog, with what stands in the way of writing. */
export interface TargetCatalog extends SideCatalog {
  readonly mode: MergeMode
  readonly triggers: readonly Trigger[]
  readonly rules: readonly Trigger[]
  readonly deferrable: readonly DeferrableConstraint[]
  /** Tables outside the selection at the other end of a foreign key. */
  readonly neighbours: readonly Member[]
  /** mbsync's own schemas that exist already, and whether the role may create tables in them. */
  readonly ownSchemas: readonly { readonly name: string; readonly canCreate: boolean }[]
  /** Whether a server-side rule of the role's makes `mbsync_landing` and the like impossible to create. */
  readonly canCreateOwnSchemas: boolean
}

/** Both sides as they were found, before anything is judged or changed. */
export interface Inspection {
  readonly selection: Selection
  readonly source: SideCatalog
  readonly target: TargetCatalog
  /** Tables that both sides have. */
  readonly pairs: readonly TablePair[]
  /** Sequences that both sides have, with the source's values where the role may read them. */
  readonly sequences: readonly SequencePair[]
  /** Constraints that are NOT VALID on both sides and that rows of the source do violate. */
  readonly violated: readonly UnvalidatedConstraint[]
}

/** One table on both sides. */
export interface TablePair {
  readonly source: Table
  readonly target: Table
  /** The SQL condition that rows of the source must meet. */
  readonly where: string | undefined
}

/** One sequence on both sides. */
export interface SequencePair {
  readonly source: Sequence
  readonly target: Sequence
  readonly value: SequenceValue | undefined
}
