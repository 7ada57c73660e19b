import { randomBytes } from 'node:crypto'
import { displayName, type TableName } from '../core/table-name.ts'
import { columnList, literal, relation } from '../postgres/identifiers.ts'
import type { CreatableObject } from '../schema/creatable-object.ts'
import type { Section } from '../schema/schema-object.ts'
import { writeScript } from '../schema/write-script.ts'
import type { SourceSequence } from '../transfer/inspect/inspection.ts'
import { restrictLines, unrestrictLines } from './restrict-lines.ts'
import { definingPathLines, userPathLines } from './user-path-lines.ts'

/** What all scripts of a dump share. */
export interface ScriptKind {
  readonly encoding: string
  /** Dumps of earlier versions have none. */
  readonly restrictKey?: string | undefined
  /** Under whose search path rows are written; dumps of earlier versions have none, so that all names are looked up in `pg_catalog`. */
  readonly searchPath?: 'target' | undefined
  /** In which way the scripts begin; dumps of earlier versions do not say it. See {@link openingLines}. */
  readonly openingVersion?: 2 | undefined
  /** In which way the scripts of the schema are written; the first one if nothing is said. */
  readonly scriptVersion?: 1 | 2 | undefined
  /** Whether the dump has a schema, too: rows may come before the foreign keys then, as an owner of the tables restores them. */
  readonly hasSchema?: boolean
}

/** What the script of a part is about. */
export interface ScriptFacts extends ScriptKind {
  readonly table: TableName
  readonly columns: readonly string[]
  readonly part: number
  readonly parts: number
  /** Whether no order of the files satisfies the table's foreign keys, so that they must not be checked row by row. */
  readonly suspendsForeignKeys: boolean
}

/** The two texts that make COPY rows a psql script of their own. */
export interface Script {
  readonly header: Buffer
  readonly trailer: Buffer
}

/** Settings that decide how COPY text is read, and those that could cut a long COPY short. */
const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['standard_conforming_strings', 'on'],
  ['DateStyle', 'ISO, MDY'],
  ['IntervalStyle', 'postgres'],
  ['TimeZone', 'UTC'],
  ['lc_monetary', 'C'],
  ['xmloption', 'content'],
  ['array_nulls', 'on'],
  ['row_security', 'off'],
  ['search_path', ''],
]

/** A key that the source of a dump cannot guess. */
export function newRestrictKey(): string {
  return randomBytes(32).toString('hex')
}

/** The script around the rows of a part. A dump is refused whose scripts are not byte for byte what this gives. */
export function rowScript(facts: ScriptFacts): Script {
  const { table, columns, part, parts, suspendsForeignKeys } = facts
  const list = columns.length === 0 ? '' : ` (${columnList(columns)})`
  const header = [
    `-- ${comment(displayName(table))}, part ${part} of ${parts}`,
    ...openingLines(facts),
    ...(facts.searchPath === 'target' ? userPathLines() : []),
    ...(suspendsForeignKeys ? suspendLines(facts) : []),
    `COPY ${relation(table)}${list} FROM stdin;`,
  ]
  const trailer = [
    '\\.',
    ...(suspendsForeignKeys ? resumeLines(facts) : []),
    ...unrestrictLines(facts.restrictKey),
  ]
  return { header: textOf(header), trailer: textOf(trailer) }
}

/** Setting the role takes a privilege, which is not needed where there are no foreign keys yet. */
function suspendLines({ hasSchema = false }: ScriptKind): string[] {
  if (!hasSchema) return ['SET session_replication_role = replica;']
  return [
    "SELECT pg_catalog.set_config('mbsync.replication_role', pg_catalog.current_setting('session_replication_role'), false);",
    "SELECT pg_catalog.set_config('session_replication_role', 'replica', false) WHERE EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.contype OPERATOR(pg_catalog.=) 'f');",
  ]
}

function resumeLines({ hasSchema = false }: ScriptKind): string[] {
  if (!hasSchema) return ['RESET session_replication_role;']
  return [
    "SELECT pg_catalog.set_config('session_replication_role', r.before, false) FROM (SELECT pg_catalog.current_setting('mbsync.replication_role')) AS r (before) WHERE r.before OPERATOR(pg_catalog.<>) pg_catalog.current_setting('session_replication_role');",
  ]
}

/** The script that creates a section of the schema; the last one also fills the materialized views. */
export function schemaScript(
  objects: readonly CreatableObject[],
  section: Section,
  kind: ScriptKind,
): Buffer {
  const when = section === 'pre-data' ? 'before' : 'after'
  const afterSchemas = kind.scriptVersion === 2 ? definingPathLines() : []
  const views = objects.filter(({ isPopulated }) => section === 'post-data' && isPopulated === true)
  return textOf([
    `-- schema, ${when} the rows`,
    ...openingLines(kind),
    writeScript({ objects }, { section, owner: 'connecting role', grants: 'none', afterSchemas }),
    ...views.map(({ identity }) => `REFRESH ${identity};`),
    ...unrestrictLines(kind.restrictKey),
  ])
}

/** The script that sets the sequences to where they stood. */
export function sequenceScript(sequences: readonly SourceSequence[], kind: ScriptKind): Buffer {
  const calls = sequences.flatMap(({ value, ...sequence }) =>
    value === undefined
      ? []
      : [`SELECT pg_catalog.setval(${sequenceSql(sequence)}, ${value.lastValue}, ${value.isCalled});`],
  )
  return textOf(['-- sequences', ...openingLines(kind), ...calls, ...unrestrictLines(kind.restrictKey)])
}

/** The sequence that the column owns which owned it in the source: it may have another name. Dumps of earlier versions do not name the column. */
function sequenceSql({ name, columns }: Pick<SourceSequence, 'name' | 'columns'>): string {
  const named = literal(relation(name))
  const owner = columns.find(({ isOwner }) => isOwner)
  if (owner === undefined) return named
  const owned = `pg_catalog.pg_get_serial_sequence(${literal(relation(owner.relation))}, ${literal(owner.column)})`
  return `coalesce(${owned}, ${named})::pg_catalog.regclass`
}

/**
 * Scripts of the second version have psql end at the first error, whatever its options, and bytes of a database without encoding taken for text of
 * the database that they are restored into: of SQL_ASCII itself, COPY checks nothing, also where the database has an encoding.
 */
function openingLines({ encoding, restrictKey, openingVersion }: ScriptKind): string[] {
  const isEncodingOfTarget = openingVersion === 2 && encoding === 'SQL_ASCII'
  return [
    ...(openingVersion === 2 ? ['\\set ON_ERROR_STOP on'] : []),
    isEncodingOfTarget ? AS_ENCODING_OF_TARGET : set(['client_encoding', encoding]),
    ...SETTINGS.map(set),
    ...restrictLines(restrictKey),
  ]
}

const AS_ENCODING_OF_TARGET =
  "SELECT pg_catalog.set_config('client_encoding', pg_catalog.current_setting('server_encoding'), false);"

function set([name, value]: (typeof SETTINGS)[number]): string {
  return `SET ${name} = ${literal(value)};`
}

/** A name may hold a line break, which would end the comment. */
function comment(text: string): string {
  return text.replaceAll(/\p{Control}/gu, ' ')
}

function textOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`, 'utf8')
}
