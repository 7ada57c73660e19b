import type { TableName } from '../../core/table-name.ts'
import type { ObjectId } from '../object-id.ts'
import type { ObjectKind } from '../schema-object.ts'

/** What differs in one object, as seen from the target, and what would make it as it is in the source. */
export interface Difference {
  readonly kind: ObjectKind
  /** What PostgreSQL calls the object: `TABLE public."User"`. */
  readonly identity: string
  /** The table or view that it is, or belongs to. */
  readonly of: TableName | undefined
  /** Its ids on the sides that have it. */
  readonly ids: { readonly source: ObjectId | undefined; readonly target: ObjectId | undefined }
  /** Where the object comes in the order of creation. */
  readonly place: number
  readonly changes: readonly Change[]
}

/** One thing that differs, in words, and the statements that change the target. */
export interface Change {
  /** What it is about, in one or two words that have a plural: `column`, `foreign key`. */
  readonly topic: string
  /** What differs, as in `type integer, in the source bigint`. */
  readonly what: string
  /** Of what belongs to a missing object, and is created with it: what PostgreSQL calls it. */
  readonly part?: string
  /** The column of a table that it is about. */
  readonly column?: string
  /** Whether the validation of a run names it, as it decides which rows the target takes. */
  readonly isAboutRows?: boolean
  /** Why the statements are not applied without a review; undefined where they lose nothing. */
  readonly review?: string | undefined
  readonly statements: Statements
  /** Where its statements come, if not at the place of its object. */
  readonly place?: number
  /** The objects of the target that must be dropped before, and created again afterwards. */
  readonly recreates?: readonly ObjectId[]
  /** Whether its statements are those of the recreation of the object itself. */
  readonly isRecreation?: boolean
  /** Two tables of which one inherits from the other have the same change if they have the same key: that of the parent makes both. */
  readonly key?: string
  /** The key of the change of a parent that makes what this one changes. */
  readonly adjusts?: string
}

/** Statements by the time at which they are executed. None has a semicolon at its end. */
export interface Statements {
  /** Before the transaction, as what they create cannot be used in the transaction that creates it. */
  readonly before?: readonly string[]
  /** In the transaction, before all of `within`. */
  readonly drop?: readonly string[]
  /** In the transaction. */
  readonly within?: readonly string[]
  /** Each on its own after the transaction, as rows of the target may keep them from succeeding. */
  readonly after?: readonly string[]
}

/** All statements of a change, in order. */
export function allStatements({ before = [], drop = [], within = [], after = [] }: Statements): string[] {
  return [...before, ...drop, ...within, ...after]
}
