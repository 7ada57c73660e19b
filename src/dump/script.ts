import { displayName, type TableName } from '../core/table-name.ts'
import { columnList, literal, relation } from '../postgres/identifiers.ts'
import type { SourceSequence } from '../transfer/inspection.ts'

/** What the script of a part is about. */
export interface ScriptFacts {
  readonly table: TableName
  readonly columns: readonly string[]
  readonly part: number
  readonly parts: number
  readonly encoding: string
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

/** The script around the rows of a part. */
export function rowScript(facts: ScriptFacts): Script {
  const { table, columns, part, parts, encoding, suspendsForeignKeys } = facts
  const header = [
    `-- ${comment(displayName(table))}, part ${part} of ${parts}`,
    ...settingLines(encoding),
    ...(suspendsForeignKeys ? ['SET session_replication_role = replica;'] : []),
    copyLine(table, columns),
  ]
  const trailer = ['\\.', ...(suspendsForeignKeys ? ['RESET session_replication_role;'] : [])]
  return { header: textOf(header), trailer: textOf(trailer) }
}

/** The statement that the rows of a table follow. */
export function copyLine(table: TableName, columns: readonly string[]): string {
  const list = columns.length === 0 ? '' : ` (${columnList(columns)})`
  return `COPY ${relation(table)}${list} FROM stdin;`
}

/** The script that sets the sequences to where they stood. */
export function sequenceScript(sequences: readonly SourceSequence[], encoding: string): Buffer {
  const calls = sequences.flatMap(({ name, value }) =>
    value === undefined
      ? []
      : [`SELECT pg_catalog.setval(${literal(relation(name))}, ${value.lastValue}, ${value.isCalled});`],
  )
  return textOf(['-- sequences', ...settingLines(encoding), ...calls])
}

function settingLines(encoding: string): string[] {
  const settings = [['client_encoding', encoding] as const, ...SETTINGS]
  return settings.map(([name, value]) => `SET ${name} = ${literal(value)};`)
}

/** A name may hold a line break, which would end the comment. */
function comment(text: string): string {
  return text.replaceAll(/\p{Control}/gu, ' ')
}

function textOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`, 'utf8')
}
