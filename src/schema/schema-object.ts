import type { TableName } from '../core/table-name.ts'
import type { ObjectId } from './object-id.ts'
import type { ConstraintDetails, SequenceDetails, TableDetails, ViewDetails } from './table-details.ts'
import type { PlacedObject } from './tablespaces.ts'
import type { TypeDetails } from './type-details.ts'

/** When an object is created: before the rows, or after them (indexes, most constraints, triggers, rules, policies). */
export type Section = 'pre-data' | 'post-data'

/**
 * The kinds of objects that are read and written, by PostgreSQL's words for them. A `partition` attaches a table to the partitioned table,
 * and an `index partition` an index; a `default` is one that cannot be created with its table, or a view's; `row security` switches policies on;
 * `privileges` are those on what the server came with.
 */
export type ObjectKind =
  | 'schema'
  | 'extension'
  | 'collation'
  | 'type'
  | 'domain'
  | 'sequence'
  | 'table'
  | 'partition'
  | 'default'
  | 'constraint'
  | 'index'
  | 'index partition'
  | 'view'
  | 'materialized view'
  | 'function'
  | 'aggregate'
  | 'operator'
  | 'operator class'
  | 'operator family'
  | 'cast'
  | 'conversion'
  | 'text search parser'
  | 'text search dictionary'
  | 'text search template'
  | 'text search configuration'
  | 'statistics'
  | 'trigger'
  | 'rule'
  | 'policy'
  | 'row security'
  | 'event trigger'
  | 'publication'
  | 'default privileges'
  | 'privileges'

/** Whether objects of a kind consist of grants and nothing else. */
export function isOfGrants(kind: string): boolean {
  return kind === 'default privileges' || kind === 'privileges'
}

/**
 * One object of a schema, as the statements that create it. All names in statements are qualified and quoted, so that
 * they mean the same under any `search_path`; statements have no semicolon at their end.
 */
export interface SchemaObject {
  readonly id: ObjectId
  readonly kind: ObjectKind
  /**
   * What `COMMENT ON`, `SECURITY LABEL ON` and `ALTER … OWNER TO` call it: `TABLE public."User"`, `FUNCTION public.f(integer)`,
   * `TRIGGER t ON public."User"`. Objects of two databases are the same object if this is the same.
   */
  readonly identity: string
  /** The schema that it is in; undefined for what is in none, such as extensions and casts. */
  readonly schema: string | undefined
  /** The table, view or materialized view that it belongs to. */
  readonly of?: TableName
  readonly section: Section
  /** The statements that create it, in order. */
  readonly create: readonly string[]
  /** The statements that belong to it and come right after all of `create`: comments and security labels, its own and its columns'. */
  readonly describe: readonly string[]
  /** The role that owns it; undefined for what has no owner of its own. */
  readonly owner: string | undefined
  /** The statements that give it the privileges that it has in its database, also those of its columns. */
  readonly grants: readonly string[]
  /** The roles that its own statements name: those of a policy. */
  readonly roles?: readonly string[]
  /** The roles that `grants` names. */
  readonly grantedTo?: readonly string[]
  /** The objects that must exist before it, for a member of an extension the extension. What is built in is left out. */
  readonly dependsOn: readonly ObjectId[]
  /** Of a view that takes part in a circle: this stands in for it, with the same columns, until the view itself replaces it. */
  readonly placeholderOf?: ObjectId
  /** What a table consists of. */
  readonly table?: TableDetails
  readonly view?: ViewDetails
  /** What a sequence counts. */
  readonly sequence?: SequenceDetails
  readonly constraint?: ConstraintDetails
  /** Whether a materialized view has been filled. It is created without its rows. */
  readonly isPopulated?: boolean
  /** What an enum, a composite type or a domain consists of. */
  readonly type?: TypeDetails
  /** Of an extension: its name and the version that it has in its database. */
  readonly extension?: { readonly name: string; readonly version: string }
  /** Why only a superuser can create it, as in `only a superuser can create event triggers`. */
  readonly superuserReason?: string
  /** What it has that the first versions lack, and the first that knows it. */
  readonly since?: { readonly version: number; readonly feature: string }
}

/** What a database has that cannot be written as statements, or needs what cannot, by name, with the reason. */
export interface UnsupportedObject {
  readonly id: ObjectId
  readonly identity: string
  readonly reason: string
  readonly hint?: string
  /** The table that it is, or belongs to. */
  readonly of?: TableName
}

/** The whole schema of a database as one snapshot saw it. */
export interface DatabaseSchema {
  /** `server_version_num` of the server that it was read from. */
  readonly serverVersion: number
  /** In an order in which they can be created, pre-data first. The order depends on names alone, never on ids. */
  readonly objects: readonly SchemaObject[]
  readonly unsupported: readonly UnsupportedObject[]
  /** The search path that the database gives to all roles, if it does; a dump does not say it. */
  readonly searchPath?: string | undefined
  /** What is in other tablespaces than the default one of the database: where the objects of a target go is decided there. A dump does not say it. */
  readonly placed?: readonly PlacedObject[] | undefined
}
