import { randomBytes } from 'node:crypto'
import { displayName, type TableName } from '../core/table-name.ts'
import { columnList, literal, relation } from '../postgres/identifiers.ts'
import type { CreatableObject } from '../schema/creatable-object.ts'
import type { Section } from '../schema/schema-object.ts'
import { writeScript } from '../schema/write-script.ts'
import type { SourceSequence } from '../transfer/inspect/inspection.ts'

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

/**
 * Gives a script the search path that its session has in the database that it is restored into, as functions there name things by it; without the schemas
 * in which a role can plant objects that could not become the current one anyway (the rule is that of `postgres/user-path.ts`).
 * While the whole path is set, all names are qualified, operators included. Nothing of it comes from the source of the dump. The text must stay
 * as it is, since dumps are compared with it.
 */
function userPathLines(): string[] {
  return linesFor(`(${SAFE_PATH})`)
}

/** The same for scripts that define objects, in whose statements names of `pg_catalog` are not qualified: it comes first. */
function definingPathLines(): string[] {
  return linesFor(`pg_catalog.concat_ws(', ', 'pg_catalog', (${SAFE_PATH}))`)
}

function linesFor(path: string): string[] {
  return ['RESET search_path;', `SELECT pg_catalog.set_config('search_path', ${path}, false);`]
}

const EQUALS = 'OPERATOR(pg_catalog.=)'

/** Whether a role that can log in, and could not become the current one, can become that of `roleOid`, or any (0). */
function isOpenTo(roleOid: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_roles AS l WHERE l.rolcanlogin AND NOT pg_catalog.pg_has_role(l.oid, e.oid, 'MEMBER')
    AND (${roleOid} ${EQUALS} 0 OR pg_catalog.pg_has_role(l.oid, ${roleOid}, 'MEMBER')))`
}

const SAFE_PATH = `SELECT pg_catalog.concat_ws(', ', pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.at), 'pg_temp')
FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) WITH ORDINALITY AS s (name, at)
JOIN pg_catalog.pg_namespace AS n ON n.nspname ${EQUALS} s.name
JOIN pg_catalog.pg_roles AS e ON e.rolname ${EQUALS} current_user
WHERE n.nspname ${EQUALS} 'pg_catalog' OR NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')
  AND NOT ${isOpenTo('n.nspowner')}
  AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) AS a WHERE a.privilege_type ${EQUALS} 'CREATE' AND ${isOpenTo('a.grantee')})
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.pronamespace ${EQUALS} n.oid AND ${isOpenTo('p.proowner')})
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_operator AS o WHERE o.oprnamespace ${EQUALS} n.oid AND ${isOpenTo('o.oprowner')})`

/** Of each branch of psql, the first version that knows `\restrict`, and the end of the branch. */
const BRANCHES_WITH_RESTRICT = [
  [130022, 139999],
  [140019, 149999],
  [150014, 159999],
  [160010, 169999],
  [170006, 999999],
] as const

/** After a variable that holds the beginning of a comment, the lines up to here are one. */
const END_OF_OPTIONAL = '-- */'

/**
 * Has psql refuse every backslash command up to the line with the same key, where psql can. An older one would stop at a command that
 * it does not know, even in the branch of an `\if` that is not taken: so there the command becomes part of a comment. psql knows its
 * own version but cannot compare numbers, so the server is asked; its answer is used as a boolean alone, as psql would run commands in it.
 */
function restrictLines(key: string | undefined): string[] {
  if (key === undefined) return []
  const isBetween = BRANCHES_WITH_RESTRICT.map(([from, to]) => `:VERSION_NUM BETWEEN ${from} AND ${to}`)
  return [
    '\\set mbsync_knows_restrict false',
    '\\if :{?VERSION_NUM}',
    `SELECT ${isBetween.join(' OR ')} AS knows_restrict \\gset mbsync_`,
    '\\endif',
    "\\set mbsync_optional '/*'",
    '\\if :mbsync_knows_restrict',
    "\\set mbsync_optional ''",
    '\\endif',
    ...optional(`\\restrict ${key}`),
  ]
}

/** Ends what {@link restrictLines} began. */
function unrestrictLines(key: string | undefined): string[] {
  return key === undefined ? [] : optional(`\\unrestrict ${key}`)
}

function optional(command: string): string[] {
  return [':mbsync_optional', command, END_OF_OPTIONAL]
}
