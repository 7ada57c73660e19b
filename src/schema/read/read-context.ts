import { OWN_SCHEMAS } from '../../postgres/catalog/list-relations.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { ObjectId } from '../object-id.ts'
import type { SchemaObject, UnsupportedObject } from '../schema-object.ts'
import type { Dependencies } from './read-dependencies.ts'

/** What every reader of a kind of objects is given. */
export interface ReadContext {
  /** `server_version_num` of the server that is read. */
  readonly serverVersion: number
  readonly dependencies: Dependencies
}

/** An object as its reader gives it: dependencies, comments and grants are read for all of them at once, by their ids. */
export interface DraftObject extends Omit<SchemaObject, 'describe' | 'grants' | 'dependsOn'> {
  /** Rows of catalogs that are created with it: what depends on them depends on it, what they depend on, it depends on. */
  readonly parts?: readonly DraftPart[]
  /** Grants that it consists of. */
  readonly grants?: readonly string[]
  /** What it depends on beside what `pg_depend` knows. */
  readonly dependsOn?: readonly ObjectId[]
  /** What it does not need, although `pg_depend` says so. */
  readonly independentOf?: readonly ObjectId[]
  /** Statements of a view of the same columns that reads nothing, for what depends on the view in a circle. */
  readonly placeholder?: readonly string[]
  /** Whether it is a view that reads itself, which PostgreSQL takes but cannot run. */
  readonly isSelfReading?: boolean
}

/** A part of an object, with what `COMMENT ON` calls it, if it can have a comment. */
export interface DraftPart {
  readonly id: ObjectId
  readonly identity?: string
}

/** What a reader returns. */
export interface ReadObjects {
  readonly objects: readonly DraftObject[]
  readonly unsupported?: readonly UnsupportedObject[]
}

/** A reader of some kinds of objects, in a few queries for all of them. */
export type ReadKind = (
  session: import('../../postgres/session.ts').Session,
  context: ReadContext,
) => Promise<ReadObjects>

/** Whether the schema `n` (a row of `pg_namespace`) is one of the users'. TimescaleDB keeps the chunks of hypertables in its own. */
export const IS_USER_SCHEMA = `n.nspname !~ '^(pg_|_timescaledb_)' AND n.nspname <> 'information_schema' AND n.nspname NOT IN (${OWN_SCHEMAS.map(literal).join(', ')})`
