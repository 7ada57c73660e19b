import type { Finding } from '../../core/finding.ts'
import { unquoted } from '../../core/sql-tokens.ts'
import { groupByTable, TableMap } from '../../core/table-map.ts'
import { displayName, isSameTable, nameKey } from '../../core/table-name.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import type { DomainCheck, Restriction } from '../../postgres/catalog/read-restrictions.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Inspection, SourceColumn } from '../inspect/inspection.ts'
import { noteFinding } from './finding.ts'
import { portableSql } from './portable-sql.ts'
import { definitionKey } from './same-definition.ts'

const LONGEST_DEFINITION = 160

/** Rules for rows that only the target has. It is not known that the source's rows meet them, so they are notes, not errors. */
export function validateRestrictions(inspection: Inspection): Finding[] {
  const { ofTables, ofDomains } = targetRestrictions(inspection)
  const { source, pairs } = inspection
  // Another finding says already that rows are matched by these.
  const given = groupByTable(source.restrictions?.ofTables ?? [], ({ table }) => table)
  const partial = withLeftOut(inspection)
  const keys = new Set(pairs.map(({ target: { name, key } }) => `${nameKey(name)}\0${key?.index}`))
  return [
    ...ofTables
      .filter(({ table, name }) => !keys.has(`${nameKey(table)}\0${name}`))
      .map((restriction) => {
        const foreign = columnsLeftOutOf(restriction, partial)
        if (foreign.length > 0) return overLeftOut(restriction, foreign)
        const twin = given.get(restriction.table)?.find(({ name }) => name === restriction.name)
        return note(
          displayName(restriction.relation),
          restriction.name,
          describe(restriction),
          twin && describe(twin),
        )
      }),
    ...ofDomains.map(({ type, name, definition }) => {
      const twin = source.restrictions?.ofDomains.find((other) => other.type === type && other.name === name)
      return note(`type ${type}`, name, shorten(definition), twin && shorten(twin.definition))
    }),
  ]
}

/** The restrictions of the target that the source does not guarantee; none if the source's are unknown. */
export function targetRestrictions({ source, target, pairs }: Inspection): {
  readonly ofTables: readonly Restriction[]
  readonly ofDomains: readonly DomainCheck[]
} {
  const { restrictions } = source
  if (restrictions === undefined) return { ofTables: [], ofDomains: [] }
  const partial = withLeftOut({ pairs })
  const tables = new TableMap(pairs.map(({ source }) => [source.name, source]))
  const [there, here] = [source, target].map(({ extensionNames }) => extensionNames)
  const given = groupByTable(
    restrictions.ofTables.map((restriction) => portable(restriction, there)),
    ({ table }) => table,
  )
  const givenChecks = restrictions.ofDomains.map((check) => portableCheck(check, there))
  return {
    ofTables: target.restrictions.ofTables.filter((restriction) => {
      const wanted = portable(restriction, here)
      const { table } = wanted
      const own = columnsLeftOutOf(restriction, partial).length > 0 ? [] : (given.get(table) ?? [])
      return tables.has(table) && !own.some((rule) => assures(rule, wanted, tables.get(table)?.columns))
    }),
    ofDomains: target.restrictions.ofDomains.filter((check) => {
      const wanted = portableCheck(check, here)
      const isGiven = givenChecks.some((each) => each.type === wanted.type && isSameCheck(each, wanted))
      return target.types.has(check.type) && !isGiven
    }),
  }
}

/** Only a few tables have columns that a run leaves out. */
function withLeftOut({ pairs }: Pick<Inspection, 'pairs'>): Pick<Inspection, 'pairs'> {
  return { pairs: pairs.filter(({ source }) => (source.leftOut ?? []).length > 0) }
}

/** The columns of a restriction that the run leaves out. They keep the target's values, about which the source guarantees nothing. */
export function columnsLeftOutOf(
  { table, definition, elements }: Restriction,
  { pairs }: Pick<Inspection, 'pairs'>,
): string[] {
  const pair = pairs.find(
    ({ source, target }) => (source.leftOut ?? []).length > 0 && isSameTable(target.name, table),
  )
  if (pair === undefined) return []
  const words = new Set(
    [definition, ...elements].flatMap((sql) => sql.match(/"(?:[^"]|"")+"|[^\s"(),]+/g) ?? []),
  )
  return (pair.source.leftOut ?? []).filter((name) => words.has(name) || words.has(identifier(name)))
}

/** In a form that can be compared with one of the other side, where extensions may be in other schemas. */
function portable(restriction: Restriction, names: ExtensionNames = new Map()): Restriction {
  const { definition, elements, predicate } = restriction
  return {
    ...restriction,
    definition: portableSql(definition, names),
    elements: elements.map((element) => portableSql(element, names)),
    predicate: predicate && portableSql(predicate, names),
  }
}

function portableCheck(check: DomainCheck, names: ExtensionNames = new Map()): DomainCheck {
  return {
    ...check,
    type: portableSql(check.type, names),
    definition: portableSql(check.definition, names),
  }
}

/** Whether rows that meet one restriction meet the other. A unique index over some columns guarantees one over more of them. */
function assures(
  given: Restriction,
  wanted: Restriction,
  columns: readonly Pick<SourceColumn, 'name' | 'isNotNull'>[] = [],
): boolean {
  // A restriction of one partition of the source does not hold in all partitions.
  const isOfAll = [wanted.table, wanted.relation].some((name) => isSameTable(name, given.relation))
  if (given.kind !== wanted.kind || !isOfAll) return false
  if (given.kind !== 'unique') return isSameCheck(given, wanted)
  const elements = new Set(wanted.elements.map(definitionKey))
  const isOfFewer = given.elements.every((element) => elements.has(definitionKey(element)))
  const isOfAllRows =
    given.predicate === null ||
    (wanted.predicate !== null && definitionKey(given.predicate) === definitionKey(wanted.predicate))
  const isOfNulls =
    given.nullsConflict ||
    !wanted.nullsConflict ||
    given.elements.every((element) =>
      columns.some(({ name, isNotNull }) => isNotNull && name === unquoted(element)),
    )
  return given.isValid && isOfFewer && isOfAllRows && isOfNulls
}

/** If both sides have a NOT VALID restriction, rows that violate it are found in another way. */
function isSameCheck(
  given: Pick<Restriction, 'definition' | 'isValid'>,
  wanted: Pick<Restriction, 'definition' | 'isValid'>,
): boolean {
  return (
    (given.isValid || !wanted.isValid) && definitionKey(given.definition) === definitionKey(wanted.definition)
  )
}

function note(subject: string, name: string, definition: string, twin: string | undefined): Finding {
  return noteFinding(
    subject,
    `only the target has "${name}" ${definition}: rows of the source that violate it fail the run`,
    twin === undefined
      ? 'Give the source the same constraint, or drop it in the target.'
      : `Make them alike: in the source "${name}" is ${twin}.`,
  )
}

function overLeftOut(restriction: Restriction, columns: readonly string[]): Finding {
  const which = nameColumns(columns)
  return noteFinding(
    displayName(restriction.relation),
    `"${restriction.name}" ${describe(restriction)} also involves ${which}, which the run leaves out: rows of the source that violate it with the target's values fail the run`,
    `Copy ${which}, too, or drop the constraint in the target.`,
  )
}

/** Columns, for people. */
export function nameColumns(names: readonly string[]): string {
  return `column${names.length === 1 ? '' : 's'} ${names.map((name) => `"${name}"`).join(', ')}`
}

/** A restriction, for people. */
export function describe({
  kind,
  definition,
  elements,
  predicate,
  nullsConflict,
  isValid,
}: Restriction): string {
  if (kind !== 'unique') return shorten(definition)
  const where = predicate === null ? '' : ` WHERE ${predicate}`
  const nulls = nullsConflict ? ' NULLS NOT DISTINCT' : ''
  return shorten(`UNIQUE${nulls} (${elements.join(', ')})${where}${isValid ? '' : ' (INVALID)'}`)
}

function shorten(definition: string): string {
  const line = definition.replace(/\s+/g, ' ')
  return line.length <= LONGEST_DEFINITION ? line : `${line.slice(0, LONGEST_DEFINITION)}…`
}
