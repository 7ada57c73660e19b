import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayIdentifier, displayName, type TableName } from '../../core/table-name.ts'
import { patternOf, patternOfSchema } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import type { Inspection, SourceCatalog } from '../inspect/inspection.ts'
import { composedLargeObjectColumns, largeObjectColumns } from '../inspect/large-object-columns.ts'
import { outsideChildren } from '../inspect/left-out.ts'
import type { FilledExtensionTable, OutsideChildren } from '../inspect/left-out-rows.ts'
import { noteFinding } from './finding.ts'

/** The kind of job: a run or an export does not copy rows, a verification does not compare them. */
export type Leaving = 'is not copied' | 'is not compared'

/** Notes rows that are left out, although applications see them with the selected tables. */
export function validateLeftOut(source: LeavingSource, bringsLargeObjects = false): Finding[] {
  const parents = source.leftOut?.parents ?? []
  return [...parents.map(aboutChildren), ...leftOutBeside(source, 'is not copied', bringsLargeObjects)]
}

type LeavingSource = Pick<SourceCatalog, 'leftOut' | 'tables' | 'types' | 'server'>

/** The same without the rows of child tables. */
export function leftOutBeside(
  { leftOut, tables, types, server }: LeavingSource,
  leaving: Leaving,
  bringsLargeObjects = false,
): Finding[] {
  if (leftOut === undefined) return []
  const { largeObjects, unreferred = 0, extensionTables } = leftOut
  return [
    ...(unreferred > 0 ? [aboutUnreferred(server.name, unreferred, leaving)] : []),
    ...(largeObjects === 0
      ? []
      : tables.flatMap((table) => [
          ...(bringsLargeObjects
            ? []
            : aboutLargeObjects(
                table.name,
                largeObjectColumns(table, types),
                largeObjects,
                leaving,
                LARGE_OBJECT_HINT,
              )),
          ...aboutLargeObjects(
            table.name,
            composedLargeObjectColumns(table, types),
            largeObjects,
            leaving,
            COMPOSED_HINT,
          ),
        ])),
    ...[...groupBy(extensionTables, ({ extension }) => extension)].flatMap(([extension, own]) =>
      own.length > MOST_TABLES
        ? [aboutTables(extension, own, leaving)]
        : own.map((table) => aboutExtension(table, leaving)),
    ),
  ]
}

/** Children that only the target has: their rows stay. */
export function validateOutsideChildren({ source, target }: Inspection): Finding[] {
  const known = new TableSet(source.leftOut?.parents.map(({ table }) => table))
  return outsideChildren(target)
    .filter(({ table }) => !known.has(table))
    .map(({ table, children, example }) =>
      noteFinding(
        displayName(table),
        `has ${countOf(children, 'child table')} outside the run in the target, such as ${displayName(example)}: a query of the table still shows these rows`,
      ),
    )
}

/** The tables whose rows a table shows in addition to its own. */
export function describeChildren({ children, example }: OutsideChildren): string {
  return `shows rows of ${countOf(children, 'child table')} outside the run, such as ${displayName(example)}`
}

function aboutChildren(parent: OutsideChildren): Finding {
  const { table, example } = parent
  const exclude = `exclude: [${yamlText(patternOf(table))}]`
  return noteFinding(
    displayName(table),
    `${describeChildren(parent)}: these rows are not copied`,
    example.schema.startsWith('_timescaledb')
      ? `It is a hypertable of TimescaleDB, whose chunks differ from database to database. Leave it out (${exclude}), and copy its rows through it: psql -c 'COPY (SELECT * FROM …) TO STDOUT' into psql -c 'COPY … FROM STDIN'.`
      : `Include the child tables, which the target must have, too; or leave the table out: ${exclude}.`,
  )
}

function aboutUnreferred(database: string, count: number, leaving: Leaving): Finding {
  return noteFinding(
    database,
    `the source has ${countOf(count, 'large object')}, to which no column of type oid or lo refers: what is in them ${leaving}`,
    leaving === 'is not copied'
      ? 'If columns of another type have their numbers, as those of Hibernate in text or bigint, change these to oid and set `largeObjects: copy`. Those that no row refers to are removed by vacuumlo.'
      : undefined,
  )
}

function aboutLargeObjects(
  table: TableName,
  referring: readonly { readonly name: string }[],
  count: number,
  leaving: Leaving,
  hint: string,
): Finding[] {
  const columns = referring.map(({ name }) => `"${name}"`)
  if (columns.length === 0) return []
  const which = columns.length === 1 ? `column ${columns[0]}` : `columns ${columns.join(', ')}`
  const has = `the source has ${countOf(count, 'large object')}`
  return [
    noteFinding(
      displayName(table),
      `${has}, to which ${which} may refer: what is in them ${leaving}`,
      leaving === 'is not copied' ? hint : undefined,
    ),
  ]
}

/** A role that may read all tables need not be able to read large objects. */
export function unreadableLargeObjects(database: string, count: number): Finding {
  return noteFinding(
    database,
    `the role may not read ${countOf(count, 'large object')} of the source: a run is refused if rows refer to one of them`,
    'GRANT SELECT ON LARGE OBJECT … TO …, or read as their owner or a superuser.',
  )
}

const LARGE_OBJECT_HINT =
  'Their numbers are copied without them. `largeObjects: copy` in the profile copies those that the rows refer to.'

const COMPOSED_HINT =
  'Their numbers are in composite types, and are copied without them, whatever `largeObjects` says. To copy the large objects, keep their numbers in separate columns.'

function aboutExtension({ table, extension, isKnown }: FilledExtensionTable, leaving: Leaving): Finding {
  const holds = isKnown ? 'holds' : 'may hold'
  return noteFinding(
    displayName(table),
    `belongs to extension ${extension} and ${holds} rows that users have added: the table ${leaving}`,
    `If the target needs these rows, insert them there. To leave them out without this note: exclude: [${yamlText(patternOf(table))}].`,
  )
}

/** More tables of one extension than this share one note: the extension itself keeps them, such as TimescaleDB. */
const MOST_TABLES = 3

function aboutTables(extension: string, tables: readonly FilledExtensionTable[], leaving: Leaving): Finding {
  const [first] = tables
  if (first === undefined) throw new Error('An extension without tables')
  const schemas = [...new Set(tables.map(({ table }) => table.schema))]
  const patterns = schemas.map((schema) => yamlText(patternOfSchema(schema)))
  const holds = tables.every(({ isKnown }) => isKnown) ? 'hold' : 'may hold'
  return noteFinding(
    schemas.map(displayIdentifier).join(', '),
    `${countOf(tables.length, 'table')} of extension ${extension} ${holds} rows of this database, such as ${displayName(first.table)}: the tables ${leaving.replace('is', 'are')}`,
    `Functions of the extension fill them: call those on the target. To leave them out without this note: exclude: [${patterns.join(', ')}].`,
  )
}
