import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName, isSameTable, nameKey, type TableName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import { holdsData, KIND_NAMES, withIndexes } from '../../postgres/catalog/list-relations.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type {
  Inspection,
  SourceColumn,
  SourceRelation,
  SourceTable,
  TablePair,
} from '../inspect/inspection.ts'
import { isTable } from '../inspect/select-relations.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { portableSql } from './portable-sql.ts'

/** An undo table has additional bookkeeping columns, and PostgreSQL allows at most 1,600 columns. */
const MOST_COLUMNS = 1590

/** Tables must exist on both sides, as tables. */
export function validateTables(inspection: Inspection): Finding[] {
  const { source, target, pairs } = inspection
  const paired = new TableSet(pairs.map((pair) => pair.source.name))
  return [
    ...missing(
      inspection,
      source.tables.filter(({ name }) => !paired.has(name)),
    ),
    ...onlyInTarget(
      target.tables.filter(({ name }) => !paired.has(name)),
      source,
    ),
    ...pairs.flatMap(validatePair),
  ]
}

const MOST_NAMED = 10

/** Tables with a specific explanation are listed separately. All others are one finding, because one migration creates them. */
function missing(inspection: Inspection, tables: readonly SourceTable[]): Finding[] {
  const { source, target, targetName } = inspection
  const renamed = renamedTables(inspection, tables)
  if (tables.length === 0) return []
  const named = withIndexes(target.relations, target.indexes)
  const explained = tables.map((table) => {
    const twin = renamed.get(table.name)
    const finding = explain(table, named) ?? (twin && renamedFinding(table.name, twin, targetName))
    return { table, finding }
  })
  const plain = explained.flatMap(({ table, finding }) => (finding === undefined ? [table.name] : []))
  const findings = explained.flatMap(({ finding }) => finding ?? [])
  const [first, second] = plain
  if (first === undefined) return findings
  // In an empty database, a missing table was not forgotten by a migration.
  if (second === undefined && target.relations.some(isTable)) return [...findings, missingAlone(first)]
  const subject = target.server.name
  return [
    ...findings,
    {
      ...missingTogether(subject, plain, source.tables.length),
      tables: plain,
      ofEach: 'is missing in the target',
    },
  ]
}

function renamedFinding(name: TableName, twin: TableName, to: string): Finding {
  const isMoved = name.schema !== twin.schema
  const alter = isMoved ? `SET SCHEMA ${identifier(name.schema)}` : `RENAME TO ${identifier(name.name)}`
  return errorFinding(
    displayName(name),
    `is missing in the target, and was probably ${isMoved ? 'moved' : 'renamed'}: ${displayName(twin)} there has the same columns`,
    `Run the pending migrations on ${to}, or ALTER TABLE ${relation(twin)} ${alter}, which keeps all rows. If ${to} is ahead, deploy the migration to the source, or leave the table out: exclude: [${yamlText(patternOf(name))}]. If these are two tables, create that of the source with --create-schema.`,
  )
}

function missingAlone(name: TableName): Finding {
  return errorFinding(
    displayName(name),
    'is missing in the target',
    `Run the pending migrations on the target, create it with --create-schema, or leave the table out: exclude: [${yamlText(patternOf(name))}].`,
  )
}

function missingTogether(subject: string, names: readonly TableName[], all: number): Finding {
  if (names.length === all) {
    return errorFinding(
      subject,
      all === 1
        ? `has no tables, so it lacks ${names.map(displayName).join('')}`
        : `has none of the ${countOf(all, 'table')}`,
      '`mbsync sync --create-schema` creates the tables as they are in the source, with all that they need, before it copies the rows. Or run your migrations there.',
    )
  }
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : ''
  const named = names.slice(0, MOST_NAMED)
  return errorFinding(
    subject,
    `${names.length} of the ${countOf(all, 'table')} are missing in the target: ${named.map(displayName).join(', ')}${more}`,
    `Run the pending migrations on the target, create them with --create-schema, or leave the tables out: exclude: [${named.map((name) => yamlText(patternOf(name))).join(', ')}${more === '' ? '' : ', …'}].`,
  )
}

/** Why a table is missing, if the target has something similar. */
function explain({ name }: SourceTable, relations: readonly SourceRelation[]): Finding | undefined {
  const shown = displayName(name)
  const same = relations.find((relation) => isSameTable(relation.name, name))
  if (same !== undefined && isTable(same)) {
    return errorFinding(
      shown,
      `is a table of the application in the source, but in the target it ${roleOf(same)}`,
      `Leave the table out: exclude: [${yamlText(patternOf(name))}]. Or rename one of the two.`,
    )
  }
  if (same !== undefined) {
    return errorFinding(
      shown,
      `is a table in the source but ${KIND_NAMES[same.kind]} in the target`,
      `Make the target's schema like the source's, or leave the table out: exclude: [${yamlText(patternOf(name))}].`,
    )
  }
  const alike = relations.find(
    (relation) => holdsData(relation.kind) && caseless(relation.name) === caseless(name),
  )
  if (alike === undefined) return undefined
  return errorFinding(
    shown,
    'is missing in the target',
    `The target has ${displayName(alike.name)}: names are case-sensitive. Rename it there, or leave the table out: exclude: [${yamlText(patternOf(name))}].`,
  )
}

function onlyInTarget(
  tables: readonly { readonly name: TableName }[],
  { relations, indexes }: Pick<Inspection['source'], 'relations' | 'indexes'>,
): Finding[] {
  if (tables.length === 0) return []
  const named = withIndexes(relations, indexes)
  return tables.map(({ name }) => leftAsItIs(name, named))
}

function leftAsItIs(name: TableName, relations: readonly SourceRelation[]): Finding {
  const same = relations.find((relation) => isSameTable(relation.name, name))
  if (same !== undefined && isTable(same)) {
    const lookalike = noteFinding(
      displayName(name),
      `is left as it is: in the source it ${roleOf(same)}, but that of the target does not look like one`,
    )
    return { ...lookalike, code: 'left-alone' }
  }
  const note = noteFinding(
    displayName(name),
    same === undefined
      ? 'is only in the target and is left as it is'
      : `is a table in the target but ${KIND_NAMES[same.kind]} in the source, and is left as it is`,
  )
  return { ...note, code: 'only-in-target' }
}

/** Why one side leaves alone a table that the other side considers the application's. */
function roleOf({ history, platform }: SourceRelation): string {
  if (history !== undefined) return `holds the history of migrations (${history.tool})`
  return `belongs to ${platform}`
}

function caseless({ schema, name }: TableName): string {
  return nameKey({ schema: schema.toLowerCase(), name: name.toLowerCase() })
}

function validatePair({ source, target }: TablePair): Finding[] {
  const shown = displayName(source.name)
  const foreign = target.partitions.filter((partition) => partition.kind === 'foreign')
  const reserved = target.columns.filter((column) => column.name.startsWith('mbsync_'))
  return [
    ...foreign.map((partition) =>
      errorFinding(
        displayName(partition.name),
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

/**
 * The tables of the source that the target probably has under other names, or in other schemas: exactly one table that only the target has
 * has the same columns, and either the same schema or the same name.
 */
function renamedTables(
  { source, target, pairs }: Inspection,
  missing: readonly SourceTable[],
): TableMap<TableName> {
  const paired = new TableSet(pairs.map((pair) => pair.target.name))
  const own = target.tables.filter(
    ({ name }) => !paired.has(name) && !source.relations.some((relation) => isSameTable(relation.name, name)),
  )
  const renamed = new TableMap<TableName>()
  for (const part of ['schema', 'name'] as const) {
    const there = byShape(missing, part, source.extensionNames)
    const here = byShape(own, part, target.extensionNames)
    for (const [shape, tables] of there) {
      const [table, another] = tables
      const [twin, ambiguous] = here.get(shape) ?? []
      if (table === undefined || twin === undefined || another !== undefined || ambiguous !== undefined)
        continue
      if (!renamed.has(table.name)) renamed.set(table.name, twin.name)
    }
  }
  return renamed
}

/** Tables with a single column are too similar. */
function byShape<T extends { readonly name: TableName; readonly columns: readonly SourceColumn[] }>(
  tables: readonly T[],
  part: 'schema' | 'name',
  names: ExtensionNames,
): Map<string, T[]> {
  return groupBy(
    tables.filter(({ columns }) => columns.length > 1),
    ({ name: own, columns }) =>
      JSON.stringify([
        own[part],
        ...columns.map(({ name, type, isNotNull }) => [name, portableSql(type, names), isNotNull]),
      ]),
  )
}
