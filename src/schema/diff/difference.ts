import type { TableName } from '../../core/table-name.ts'
import type { ObjectId } from '../object-id.ts'
import type { ObjectKind } from '../schema-object.ts'

/** What differs in one object, from the target's point of view, and how to make it equal to the source's. */
export interface Difference {
  readonly kind: ObjectKind
  /** What PostgreSQL calls the object: `TABLE public."User"`. */
  readonly identity: string
  /** The table or view that it is, or belongs to. */
  readonly of: TableName | undefined
  /** Its ids on the sides that have it. */
  readonly ids: { readonly source: ObjectId | undefined; readonly target: ObjectId | undefined }
  /** Its position in the order of creation. */
  readonly place: number
  readonly changes: readonly Change[]
}

/** One difference as text, and the statements that settle it. */
export interface Change {
  /** Its topic, in one or two words that have a plural: `column`, `foreign key`. */
  readonly topic: string
  /** The difference, such as `type integer, in the source bigint`. */
  readonly what: string
  /** For a part of a missing object that is created with it: the part, as PostgreSQL calls it. */
  readonly part?: string
  /** The column of a table, or the attribute of a type, that it is about. */
  readonly column?: string
  /** Whether the validation of a run reports it, because it decides which rows the target accepts. */
  readonly isAboutRows?: boolean
  /** Why the statements need a review first; undefined if they lose nothing. */
  readonly review?: string | undefined
  readonly statements: Statements
  /** The position of its statements, if it is not that of its object. */
  readonly place?: number
  /** The objects of the target that must be dropped before, and created again afterwards. */
  readonly recreates?: readonly ObjectId[]
  /** Whether its statements recreate the object itself. */
  readonly isRecreation?: boolean
  /** If one of two tables inherits from the other, changes with the same key are the same change, and the parent's statements make both. */
  readonly key?: string
  /** The key of the change of a parent that adjusts this one. */
  readonly adjusts?: string
  /** The key of the change, of the same table or of a parent, that makes this one necessary. */
  readonly follows?: string
}

/** Statements by the time of their execution. None ends with a semicolon. */
export interface Statements {
  /** Before the transaction, because objects that they create cannot be used in the transaction that creates them. */
  readonly before?: readonly string[]
  /** In the transaction, before all of `within`. */
  readonly drop?: readonly string[]
  /** In the transaction. */
  readonly within?: readonly string[]
  /** Each in its own transaction at the end, because rows of the target may make them fail. */
  readonly after?: readonly string[]
}

/** All statements of a change, in order. */
export function allStatements({ before = [], drop = [], within = [], after = [] }: Statements): string[] {
  return [...before, ...drop, ...within, ...after]
}
