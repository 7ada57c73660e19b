import { OWN_SCHEMAS } from '../../postgres/catalog/list-relations.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { ObjectId } from '../object-id.ts'
import type { SchemaObject, UnsupportedObject } from '../schema-object.ts'
import type { Dependencies } from './read-dependencies.ts'

/** The input of every reader. */
export interface ReadContext {
  /** `server_version_num` of the server that is read. */
  readonly serverVersion: number
  readonly dependencies: Dependencies
}

/** An object as its reader returns it. Dependencies, comments and grants are read for all objects at once, by their ids. */
export interface DraftObject extends Omit<SchemaObject, 'describe' | 'grants' | 'dependsOn'> {
  /** Catalog rows that are created with it. It takes over their dependencies in both directions. */
  readonly parts?: readonly DraftPart[]
  /** Grants that it consists of. */
  readonly grants?: readonly string[]
  /** Dependencies that `pg_depend` does not know. */
  readonly dependsOn?: readonly ObjectId[]
  /** Objects that it does not need, although `pg_depend` says so. */
  readonly independentOf?: readonly ObjectId[]
  /** Statements for a placeholder: a view with the same columns that reads nothing, for objects that depend on the view in a circle. */
  readonly placeholder?: readonly string[]
  /** Whether it is a view that reads itself, which PostgreSQL accepts but cannot run. */
  readonly isSelfReading?: boolean
}

/** A part of an object, with its identity in COMMENT ON if it can have a comment. */
export interface DraftPart {
  readonly id: ObjectId
  readonly identity?: string
}

/** The result of a reader. */
export interface ReadObjects {
  readonly objects: readonly DraftObject[]
  readonly unsupported?: readonly UnsupportedObject[]
}

/** A reader of some kinds of objects, with a few queries for all of them. */
export type ReadKind = (
  session: import('../../postgres/session.ts').Session,
  context: ReadContext,
) => Promise<ReadObjects>

/**
 * SQL: whether the schema `n` (a row of `pg_namespace`) belongs to users. TimescaleDB keeps the chunks of hypertables in schemas of its
 * own.
 */
export const IS_USER_SCHEMA = `n.nspname !~ '^(pg_|_timescaledb_)' AND n.nspname <> 'information_schema' AND n.nspname NOT IN (${OWN_SCHEMAS.map(literal).join(', ')})`
