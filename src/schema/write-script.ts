import { literal } from '../postgres/identifiers.ts'
import type { CreatableObject } from './creatable-object.ts'
import { type GivenByDefault, withoutDefaults } from './default-privileges.ts'
import { quoteName } from './quote-name.ts'
import type { Section } from './schema-object.ts'

/** The options of a script. */
export interface ScriptOptions {
  /** Both by default. */
  readonly section?: Section
  /** Whether objects get the owner that they have in the source. Otherwise they belong to the role that runs the script. */
  readonly owner: 'connecting role' | 'source'
  readonly grants: 'none' | 'source'
  /** `server_version_num` of the server that will run it, if it may be older. Features that it lacks and can do without are left out. */
  readonly serverVersion?: number
  /** Lines that follow the creation of all schemas and extensions, before everything else. */
  readonly afterSchemas?: readonly string[]
}

/**
 * The version of the text that dumps contain for the same objects. A dump with another text is refused. So after a change of the text,
 * increment this, and keep writing the older text for older dumps. Since 2, scripts set the search path of the target.
 */
export const SCRIPT_VERSION = 2

/** A schema as a psql script: one object after another, each under a comment that names it. The same schema gives the same text. */
export function writeScript(
  { objects }: { readonly objects: readonly CreatableObject[] },
  options: ScriptOptions,
): string {
  const { section, afterSchemas = [] } = options
  const wanted = objects.filter((object) => section === undefined || object.section === section)
  const texts = wanted.map((object) => writeObject(object, options))
  const start = wanted.findLastIndex(({ kind }) => kind === 'schema' || kind === 'extension') + 1
  return [
    commentLine('Schema written by mbsync'),
    SCRIPT_SETTINGS,
    ...texts.slice(0, start),
    ...afterSchemas,
    ...texts.slice(start),
  ].join('\n')
}

/** All statements of an object, in order. */
export function statementsOf(
  object: CreatableObject,
  options: Pick<ScriptOptions, 'owner' | 'grants' | 'serverVersion'> & {
    /** If given, what the server grants by itself on the new object is taken back. */
    readonly byDefault?: GivenByDefault | undefined
  },
): string[] {
  const { create, describe, grants, extension } = object
  const { owner, serverVersion = Number.POSITIVE_INFINITY, byDefault } = options
  const granted = options.grants === 'source' ? knownStatements(grants, serverVersion) : []
  const restored =
    options.grants === 'source' && byDefault !== undefined ? withoutDefaults(object, byDefault) : []
  return [
    ...knownStatements(
      [...create, ...restored, ...(owner === 'source' ? ownerOf(object) : []), ...describe],
      serverVersion,
    ),
    ...(extension === undefined ? granted : onMembers(granted)),
  ]
}

/** The statements that a server of this version knows. Others are left out if it can do without them. */
export function knownStatements(statements: readonly string[], serverVersion: number): string[] {
  return statements.filter(
    (statement) => !NEWER.some(({ since, starts }) => serverVersion < since && starts.test(statement)),
  )
}

/** Another version of an extension may lack some of its functions. */
function onMembers(grants: readonly string[]): string[] {
  if (grants.length === 0) return []
  const lines = grants.map((grant) => {
    const [, routine] = / ON (?:FUNCTION|PROCEDURE) (.*) (?:TO|FROM) /s.exec(grant) ?? []
    if (routine === undefined) return `  ${grant};`
    return `  IF EXISTS (SELECT FROM pg_proc WHERE oid::regprocedure::text = ${literal(routine)}) THEN\n    ${grant};\n  END IF;`
  })
  const body = `\nBEGIN\n${lines.join('\n')}\nEND\n`
  return [`DO ${dollarQuoted(body)}`]
}

function dollarQuoted(text: string): string {
  let tag = '$$'
  while (text.includes(tag)) tag = `$q${tag.slice(1)}`
  return `${tag}${text}${tag}`
}

const NAME = '(?:"(?:[^"]|"")+"|[^" .;]+)'

/** What older servers do not know and can do without: a privilege, a state, or the name of something that has no name there. */
const NEWER: readonly { readonly since: number; readonly starts: RegExp }[] = [
  {
    since: 170000,
    starts: new RegExp(
      `^(ALTER DEFAULT PRIVILEGES FOR ROLE ${NAME} (IN SCHEMA ${NAME} )?|SET ROLE ${NAME};\n)?(GRANT|REVOKE) MAINTAIN ON `,
    ),
  },
  { since: 150000, starts: new RegExp(`^ALTER SEQUENCE ${NAME}\\.${NAME} SET (UN)?LOGGED$`) },
  { since: 180000, starts: new RegExp(`^ALTER TABLE ONLY ${NAME}\\.${NAME} RENAME CONSTRAINT `) },
  {
    since: 180000,
    starts: new RegExp(
      `^ALTER TABLE ONLY ${NAME}\\.${NAME} SET \\((toast\\.)?(autovacuum_vacuum_max_threshold|vacuum_max_eager_freeze_failure_rate)=`,
    ),
  },
]

/** A placeholder gets its owner when the view replaces it. */
function ownerOf({ identity, owner, placeholderOf }: CreatableObject): string[] {
  return owner === undefined || placeholderOf !== undefined
    ? []
    : [`ALTER ${identity} OWNER TO ${quoteName(owner)}`]
}

function writeObject(object: CreatableObject, options: ScriptOptions): string {
  const heading = object.placeholderOf === undefined ? object.identity : `${object.identity} (placeholder)`
  return `${commentLine(heading)}\n${statementsOf(object, options)
    .map((statement) => `${statement};\n`)
    .join('')}`
}

/** A one-line comment. A name can contain line breaks, which would end the comment. */
export function commentLine(text: string): string {
  return `-- ${text.replaceAll(/[\r\n\u2028\u2029]/g, ' ')}`
}

/**
 * The beginning of a script: bodies of functions may name later objects, and no default of the database may change what statements mean.
 */
export const SCRIPT_SETTINGS = `SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET check_function_bodies = off;
SET default_transaction_read_only = off;
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET array_nulls = on;
SET transform_null_equals = off;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
SET search_path = '';
`
