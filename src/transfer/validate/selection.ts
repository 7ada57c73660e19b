import leven from 'leven'
import { coded, type Finding } from '../../core/finding.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { matchesPattern, patternOf, type TablePattern } from '../../core/table-pattern.ts'
import { holdsData, KIND_NAMES, withIndexes } from '../../postgres/catalog/list-relations.ts'
import type {
  ColumnRule,
  Selection,
  SourceCatalog,
  SourceRelation,
  SourceTable,
} from '../inspect/inspection.ts'
import { isSelected } from '../inspect/select-relations.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { describeLeftAlone } from './left-alone.ts'

/** Patterns and conditions must match something. Otherwise a misspelt one would silently leave a table out. */
export function validateSelection(selection: Selection, source: SourceCatalog): Finding[] {
  const names = source.relations.filter(({ kind }) => holdsData(kind)).map((relation) => relation.name)
  const hasTables = source.relations.some(({ kind }) => kind === 'table' || kind === 'partitioned')
  const matchesNothing = (pattern: TablePattern) => !names.some((name) => matchesPattern(pattern, name))
  const selected = new TableSet(source.tables.map((table) => table.name))
  const unmatched = (where: string, patterns: readonly TablePattern[]) =>
    patterns.filter(matchesNothing).map((pattern) => useless(where, pattern, names, source))
  const others = selection.exclude.filter(
    (pattern) => !source.relations.some(({ name }) => matchesPattern(pattern, name)),
  )
  return coded('selection', [
    ...coded('left-alone', describeLeftAlone(selection, source.relations)),
    ...unmatched('--table', selection.only),
    // If there are no tables at all, the patterns are not the cause.
    ...(hasTables ? unmatched('include', selection.include) : []),
    ...others.filter((pattern) => findOther(pattern, source) === undefined).map(uselessExclude),
    ...selection.where
      .filter(({ table }) => !selected.has(table) && selection.only.length === 0)
      .map(({ table }) =>
        errorFinding(
          displayName(table),
          'has a `where` condition but is not among the tables of the run',
          'Correct the name, or remove the condition.',
        ),
      ),
    ...validateColumnRules(selection, source),
    ...(source.tables.length === 0 ? [whyNothing(selection, source)] : []),
  ])
}

function uselessExclude({ text }: TablePattern): Finding {
  const note = noteFinding(text, 'this `exclude` pattern matches nothing in the source')
  return { ...note, code: 'exclude-unmatched' }
}

function findOther(
  pattern: TablePattern,
  { relations, indexes }: SourceCatalog,
): Pick<SourceRelation, 'name' | 'kind'> | undefined {
  return withIndexes(relations, indexes).find(({ name }) => matchesPattern(pattern, name))
}

/** A pattern that names nothing to copy: it is misspelt, or names a view. */
function useless(
  where: string,
  pattern: TablePattern,
  names: readonly TableName[],
  source: SourceCatalog,
): Finding {
  const other = findOther(pattern, source)
  if (other !== undefined) {
    return errorFinding(
      pattern.text,
      `this \`${where}\` pattern matches no table in the source: ${displayName(other.name)} is ${KIND_NAMES[other.kind]}`,
      'Only tables and sequences are copied: name the tables that it reads from, or remove the pattern.',
    )
  }
  const closest = names
    .map(patternOf)
    .map((name) => ({ name, distance: leven(name, pattern.text, { maxDistance: 4 }) }))
    .sort((a, b) => a.distance - b.distance)[0]
  const suggestion = closest !== undefined && closest.distance < 4 ? ` Did you mean ${closest.name}?` : ''
  return errorFinding(
    pattern.text,
    `this \`${where}\` pattern matches nothing in the source`,
    `Write schema.table as PostgreSQL spells it; case counts.${suggestion}`,
  )
}

/** A name this similar to another one is probably misspelt. */
const MISSPELT = 2

/** Left-out columns must exist, and must not be part of the key. Otherwise a misspelt one would be copied silently. */
function validateColumnRules({ columns, only }: Selection, { tables }: SourceCatalog): Finding[] {
  const byName = new TableMap(tables.map((table) => [table.name, table]))
  return columns.flatMap((rule) => {
    const table = byName.get(rule.table)
    if (table !== undefined) return validateRule(rule, table)
    if (only.length > 0) return []
    return [
      errorFinding(
        displayName(rule.table),
        'has `columns` in the profile but is not among the tables of the run',
        'Correct the name, or remove it from `columns`.',
      ),
    ]
  })
}

function validateRule(
  { exclude }: ColumnRule,
  { name, columns, leftOut, keyColumns = [] }: SourceTable,
): Finding[] {
  const shown = displayName(name)
  return exclude.flatMap((column) => {
    if (keyColumns.includes(column)) {
      return [
        errorFinding(
          shown,
          `column "${column}" cannot be left out: it is part of the key that rows are matched by`,
          'Remove it from `columns` in the profile.',
        ),
      ]
    }
    if (leftOut.includes(column)) return []
    const meant = columns.find((each) => leven(each.name.toLowerCase(), column.toLowerCase()) <= MISSPELT)
    return [
      meant === undefined
        ? noteFinding(shown, `column "${column}", which \`columns\` leaves out, is not in the source`)
        : errorFinding(
            shown,
            `column "${column}", which \`columns\` leaves out, is not in the source`,
            `Write it as PostgreSQL spells it; case counts. Did you mean ${meant.name}?`,
          ),
    ]
  })
}

const MOST_SCHEMAS = 5

/** Why a selection includes no table: because of its patterns, or because there is none. */
function whyNothing(selection: Selection, { server, relations }: SourceCatalog): Finding {
  const { name, database } = server
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned')
  if (tables.length > 0) {
    const isLeftEmpty = !tables.some((table) => isSelected({ ...selection, only: [] }, table))
    return errorFinding(
      name,
      'the profile selects no table of the source',
      isLeftEmpty
        ? `\`include\` and \`exclude\` of the profile select no table. The tables are in: ${schemasOf(tables)}.`
        : 'Check --table: it names none of the tables that `include` and `exclude` select.',
    )
  }
  const [other] = relations.filter(({ kind }) => kind !== 'sequence' && kind !== 'index')
  if (other === undefined) {
    return errorFinding(
      name,
      'the source has no tables',
      `Check the database at the end of its URL: it is "${database}". A URL without a database means the one named like the user.`,
    )
  }
  return errorFinding(
    name,
    `the source has no table of its own: ${displayName(other.name)} is ${KIND_NAMES[other.kind]}`,
    `Views, foreign tables and the tables of extensions are not copied. Check the database at the end of the URL: it is "${database}".`,
  )
}

function schemasOf(relations: readonly SourceRelation[]): string {
  const schemas = [...new Set(relations.map(({ name }) => name.schema))]
  return [...schemas.slice(0, MOST_SCHEMAS), ...(schemas.length > MOST_SCHEMAS ? ['…'] : [])].join(', ')
}
