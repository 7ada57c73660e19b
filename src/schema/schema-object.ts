import type { TableName } from '../core/table-name.ts'
import type { DatabaseDetails } from './database-details.ts'
import type { ObjectId } from './object-id.ts'
import type { ConstraintDetails, SequenceDetails, TableDetails, ViewDetails } from './table-details.ts'
import type { PlacedObject } from './tablespaces.ts'
import type { TypeDetails } from './type-details.ts'

/** When an object is created: before the rows, or after them (indexes, most constraints, triggers, rules, policies). */
export type Section = 'pre-data' | 'post-data'

/**
 * The kinds of objects that are read and written, in PostgreSQL's words. A `partition` attaches a table to the partitioned table, and an
 * `index partition` attaches an index. A `default` is one that cannot be created with its table, or that of a view. `row security` enables
 * `privileges` are those on what the server came with. The `database` itself is compared, and is no object of a schema.
 */
export type ObjectKind =
  | 'database'
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

/** Whether objects of a kind consist only of grants. */
export function isOfGrants(kind: string): boolean {
  return kind === 'default privileges' || kind === 'privileges'
}

/**
 * One object of a schema, as the statements that create it. All names in statements are qualified and quoted, so that they mean the same
 * under any `search_path`. Statements do not end with a semicolon.
 */
export interface SchemaObject {
  readonly id: ObjectId
  readonly kind: ObjectKind
  /**
   * Its identity, as in `COMMENT ON`, `SECURITY LABEL ON` and `ALTER … OWNER TO`: `TABLE public."User"`, `FUNCTION public.f(integer)`,
   * `TRIGGER t ON public."User"`. Objects of two databases with the same identity are the same object.
   */
  readonly identity: string
  /** Its schema; undefined for kinds that have none, such as extensions and casts. */
  readonly schema: string | undefined
  /** The table, view or materialized view that it belongs to. */
  readonly of?: TableName
  readonly section: Section
  /** The statements that create it, in order. */
  readonly create: readonly string[]
  /** The statements that follow all of `create`: comments and security labels of the object and its columns. */
  readonly describe: readonly string[]
  /** Its owner; undefined for kinds that have none. */
  readonly owner: string | undefined
  /** The statements that grant the privileges that it has in its database, including those of its columns. */
  readonly grants: readonly string[]
  /** The roles that its own statements name, such as those of a policy. */
  readonly roles?: readonly string[]
  /** The roles that `grants` names. */
  readonly grantedTo?: readonly string[]
  /** The objects that must exist before it. A member of an extension counts as the extension, and built-in objects are left out. */
  readonly dependsOn: readonly ObjectId[]
  /** For a view in a circle: this placeholder has the same columns, until the view itself replaces it. */
  readonly placeholderOf?: ObjectId
  /** The details of a table. */
  readonly table?: TableDetails
  readonly view?: ViewDetails
  /** The options of a sequence. */
  readonly sequence?: SequenceDetails
  readonly constraint?: ConstraintDetails
  /** Whether a materialized view has been filled. It is created without its rows. */
  readonly isPopulated?: boolean
  /** The details of an enum, a composite type or a domain. */
  readonly type?: TypeDetails
  /** For an extension: its name, and its version in the database. */
  readonly extension?: { readonly name: string; readonly version: string }
  /** Why only a superuser can create it, as in `only a superuser can create event triggers`. */
  readonly superuserReason?: string
  /** The newest feature that it needs, and the first version that has it. */
  readonly since?: { readonly version: number; readonly feature: string }
}

/** An object that cannot be written as statements, or that needs such an object, with the reason. */
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
  /** In an order in which they can be created, pre-data first. The order depends only on names, never on ids. */
  readonly objects: readonly SchemaObject[]
  readonly unsupported: readonly UnsupportedObject[]
  /** The search path that the database sets for all roles, if it does. A dump does not say it. */
  readonly searchPath?: string | undefined
  /** The database itself. A dump does not say it. */
  readonly database?: DatabaseDetails | undefined
  /** Objects that are not in the default tablespace. Where objects of a target are placed is decided there. A dump does not say it. */
  readonly placed?: readonly PlacedObject[] | undefined
}
