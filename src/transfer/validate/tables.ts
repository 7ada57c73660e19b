import type { Finding } from '../../core/finding.ts'
import { displayName, nameKey, type TableName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import { holdsData, KIND_NAMES, type ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { Inspection, SourceRelation, SourceTable, TablePair } from '../inspection.ts'
import { isTable } from '../select-relations.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** An undo table adds bookkeeping columns of its own to those of the table, and PostgreSQL ends at 1,600. */
const MOST_COLUMNS = 1590

/** Tables must stand on both sides, as tables. */
export function validateTables(inspection: Inspection): Finding[] {
  const { source, target, pairs } = inspection
  const paired = new Set(pairs.map((pair) => nameKey(pair.source.name)))
  return [
    ...source.tables
      .filter(({ name }) => !paired.has(nameKey(name)))
      .map((table) => missing(table, target.relations)),
    ...target.tables
      .filter(({ name }) => !paired.has(nameKey(name)))
      .map(({ name }) => onlyInTarget(name, source.relations)),
    ...pairs.flatMap(validatePair),
  ]
}

function missing({ name }: SourceTable, relations: readonly ListedRelation[]): Finding {
  const shown = displayName(name)
  const same = relations.find((relation) => nameKey(relation.name) === nameKey(name))
  if (same !== undefined && isTable(same)) {
    return errorFinding(
      shown,
      `is a table of the application in the source, but in the target it ${roleOf(same)}`,
      `Leave the table out: exclude: ['${patternOf(name)}']. Or rename one of the two.`,
    )
  }
  if (same !== undefined) {
    return errorFinding(
      shown,
      `is a table in the source but ${KIND_NAMES[same.kind]} in the target`,
      `Make the target's schema like the source's, or leave the table out: exclude: ['${patternOf(name)}'].`,
    )
  }
  const alike = relations.find(
    (relation) => holdsData(relation.kind) && caseless(relation.name) === caseless(name),
  )
  const hint =
    alike === undefined ? '' : ` The target has ${displayName(alike.name)}: names are case-sensitive.`
  return errorFinding(
    shown,
    'is missing in the target',
    `Migrate the target first, or leave the table out: exclude: ['${patternOf(name)}'].${hint}`,
  )
}

function onlyInTarget(name: TableName, relations: readonly SourceRelation[]): Finding {
  const same = relations.find((relation) => nameKey(relation.name) === nameKey(name))
  if (same !== undefined && isTable(same)) {
    return noteFinding(
      displayName(name),
      `is left as it is: in the source it ${roleOf(same)}, and in the target it does not look so`,
    )
  }
  return noteFinding(
    displayName(name),
    same === undefined
      ? 'is only in the target and is left as it is'
      : `is a table in the target but ${KIND_NAMES[same.kind]} in the source, and is left as it is`,
  )
}

/** Why one side leaves a table alone that the other side takes for one of the application. */
function roleOf({ history, platform }: SourceRelation): string {
  if (history !== undefined) return `holds the history of migrations (${history.tool})`
  return `belongs to ${platform}`
}

function caseless({ schema, name }: TableName): string {
  return nameKey({ schema: schema.toLowerCase(), name: name.toLowerCase() })
}

function validatePair({ source, target }: TablePair): Finding[] {
  const shown = displayName(source.name)
  const foreign = target.members.filter((member) => member.kind === 'foreign')
  const reserved = target.columns.filter((column) => column.name.startsWith('mbsync_'))
  return [
    ...foreign.map((member) =>
      errorFinding(
        displayName(member.name),
        `is a foreign table among the partitions of ${shown}`,
        'Detach it, or exclude the table.',
      ),
    ),
    ...(source.isPartitioned === target.isPartitioned
      ? []
      : [noteFinding(shown, `is partitioned only in the ${source.isPartitioned ? 'source' : 'target'}`)]),
    ...(target.columns.length > MOST_COLUMNS
      ? [
          errorFinding(
            shown,
            `has ${target.columns.length} columns; mbsync can merge up to ${MOST_COLUMNS}`,
            'Exclude the table.',
          ),
        ]
      : []),
    ...reserved.map((column) =>
      errorFinding(
        shown,
        `column "${column.name}" begins with mbsync_, which undo tables use`,
        'Rename the column, or exclude the table.',
      ),
    ),
  ]
}
