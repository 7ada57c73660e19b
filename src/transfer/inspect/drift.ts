import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupByTable, TableSet } from '../../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { parseTablePattern, patternOf, type TablePattern } from '../../core/table-pattern.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Inspection, Selection, SourceCatalog, TargetCatalog } from './inspection.ts'

/** A table, or a sequence that no table owns, that a run skips. */
export interface SkippedTable {
  readonly table: TableName
  /** Why, as the end of a sentence about the table. */
  readonly reason: string
  readonly hint?: string
}

/** Errors of the selection itself, or of the target as a whole, are not drift of a table. */
const NEVER_SKIPPED = new Set<Finding['code']>(['selection', 'where'])

/** The tables, and the sequences that no table owns, that a finding is about; none if it is about something else. */
export type TablesAbout = (finding: Finding) => readonly TableName[]

/**
 * The tables of a run that do not fit, according to the errors.
 * @returns undefined if an error is not only about tables, and must refuse the run
 */
export function unfitTables(about: TablesAbout, findings: readonly Finding[]): SkippedTable[] | undefined {
  const errors = findings
    .filter(({ severity }) => severity === 'error')
    .map((finding) => ({ finding, tables: NEVER_SKIPPED.has(finding.code) ? [] : about(finding) }))
  if (errors.some(({ tables }) => tables.length === 0)) return undefined
  const each = errors.flatMap(({ finding, tables }) => tables.map((table) => ({ table, finding })))
  return [...groupByTable(each, ({ table }) => table).values()].flatMap(describe)
}

function describe(own: readonly { readonly table: TableName; readonly finding: Finding }[]): SkippedTable[] {
  const [first] = own
  if (first === undefined) return []
  const { table, finding } = first
  const { subject, message, hint, ofEach } = finding
  const more = own.length === 1 ? '' : ` (and ${countOf(own.length - 1, 'more problem')})`
  const said = ofEach ?? `${subject === displayName(table) ? '' : `${subject}: `}${message}`
  const reason = `${said}${more}`
  return [{ table, reason, ...(hint === undefined ? {} : { hint }) }]
}

/** Finds what findings are about by their subjects: a table, a partition, a sequence or a type. */
export function tablesAbout({ source, target, sequences }: Inspection): TablesAbout {
  const subjects = new Map<string, TableName[]>()
  const add = (subject: string, table: TableName) => {
    const own = subjects.get(subject) ?? []
    if (!own.some((other) => isSameTable(other, table))) subjects.set(subject, [...own, table])
  }
  for (const { name, partitions = [] } of source.tables)
    for (const partition of [{ name }, ...partitions]) add(displayName(partition.name), name)
  for (const { oid, name, partitions } of target.tables) {
    for (const partition of partitions) add(displayName(partition.name), name)
    for (const type of target.typeNames.get(oid) ?? []) add(`type ${type}`, name)
  }
  for (const { name } of [...source.sequences, ...sequences.map((pair) => pair.target)])
    add(displayName(name), name)
  // A finding about the whole database is about no table, even if they have the same name.
  subjects.delete(target.server.name)
  return ({ tables, subject }) => tables ?? subjects.get(subject) ?? []
}

/** A foreign key between two different tables of a run, by their names. */
export interface Tie {
  readonly key: ForeignKey
  readonly child: TableName
  readonly parent: TableName
}

/** The enforced foreign keys of the target between its selected tables. A partition counts as its table. */
export function tiesOf({ tables, foreignKeys }: Pick<TargetCatalog, 'tables' | 'foreignKeys'>): Tie[] {
  const roots = new Map(
    tables.flatMap(({ name, partitions }) => partitions.map((partition) => [partition.oid, name] as const)),
  )
  return foreignKeys.flatMap((key) => {
    const [child, parent] = [roots.get(key.childOid), roots.get(key.parentOid)]
    const isTie = key.isEnforced && child !== undefined && parent !== undefined
    return isTie && !isSameTable(child, parent) ? [{ key, child, parent }] : []
  })
}

/** The selection without some tables and sequences. */
export function selectWithout(selection: Selection, skipped: readonly TableName[]): Selection {
  return { ...selection, exclude: [...selection.exclude, ...skipped.map(exactPattern)] }
}

function exactPattern(name: TableName): TablePattern {
  const pattern = parseTablePattern(patternOf(name))
  if (pattern === undefined) throw new Error(`No pattern means ${displayName(name)}`)
  return pattern
}

/** The source as if some tables and sequences had not been selected. */
export function sourceWithout(source: SourceCatalog, skipped: readonly TableName[]): SourceCatalog {
  const keys = new TableSet(skipped)
  return {
    ...source,
    tables: source.tables.filter(({ name }) => !keys.has(name)),
    sequences: source.sequences.flatMap((sequence) => {
      const columns = sequence.columns.filter(({ table }) => !keys.has(table))
      const isUsed = columns.length > 0 || sequence.columns.length === 0
      const isLeft = [sequence.name, sequence.table].some((name) => name !== undefined && keys.has(name))
      return isUsed && !isLeft ? [{ ...sequence, columns }] : []
    }),
  }
}
