import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { displayName, nameKey } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import type { Inspection, SourceCatalog, SourceTable } from '../inspection.ts'
import { largeObjectColumns } from '../large-object-columns.ts'
import { type FilledExtensionTable, type OutsideChildren, outsideChildren } from '../left-out.ts'
import { noteFinding } from './finding.ts'

/** Who leaves something out: a run or an export does not bring it over, a verification does not compare it. */
export type Leaving = 'is not copied' | 'is not compared'

/** What of a source is left out, although its applications see it with the selected tables. */
export function validateLeftOut(
  { leftOut, tables }: Pick<SourceCatalog, 'leftOut' | 'tables'>,
  leaving: Leaving = 'is not copied',
): Finding[] {
  if (leftOut === undefined) return []
  const { parents, largeObjects, extensionTables } = leftOut
  return [
    ...parents.map((parent) => aboutChildren(parent, leaving)),
    ...(largeObjects === 0 ? [] : tables.flatMap((table) => aboutLargeObjects(table, largeObjects, leaving))),
    ...extensionTables.map((table) => aboutExtension(table, leaving)),
  ]
}

/** Children that only the target has: the rows in them stay. */
export function validateOutsideChildren({ source, target }: Inspection): Finding[] {
  const known = new Set(source.leftOut?.parents.map(({ table }) => nameKey(table)))
  return outsideChildren(target)
    .filter(({ table }) => !known.has(nameKey(table)))
    .map(({ table, children, example }) =>
      noteFinding(
        displayName(table),
        `has ${countOf(children, 'child table')} outside the run in the target, such as ${displayName(example)}: a query of the table still shows what is in there`,
      ),
    )
}

function aboutChildren({ table, children, example }: OutsideChildren, leaving: Leaving): Finding {
  const exclude = `exclude: ['${patternOf(table)}']`
  const where = `${countOf(children, 'child table')} outside the run, such as ${displayName(example)}`
  return noteFinding(
    displayName(table),
    `shows rows of ${where}: what is in there ${leaving}`,
    example.schema.startsWith('_timescaledb')
      ? `It is a hypertable of TimescaleDB, whose chunks differ from database to database. Leave it out (${exclude}), and copy its rows through it: psql -c 'COPY (SELECT * FROM …) TO STDOUT' into psql -c 'COPY … FROM STDIN'.`
      : `Include the child tables, which the target must have, too; or leave the table out: ${exclude}.`,
  )
}

function aboutLargeObjects(table: SourceTable, count: number, leaving: Leaving): Finding[] {
  const columns = largeObjectColumns(table).map(({ name }) => `"${name}"`)
  if (columns.length === 0) return []
  const which = columns.length === 1 ? `column ${columns[0]}` : `columns ${columns.join(', ')}`
  const has = `the source has ${countOf(count, 'large object')}`
  return [
    noteFinding(
      displayName(table.name),
      `${has}, to which ${which} may refer: what is in them ${leaving}`,
      leaving === 'is not copied' ? LARGE_OBJECT_HINT : undefined,
    ),
  ]
}

const LARGE_OBJECT_HINT =
  'Their numbers are copied without them. `largeObjects: copy` in the profile brings those that the rows refer to.'

function aboutExtension({ table, extension, isKnown }: FilledExtensionTable, leaving: Leaving): Finding {
  const holds = isKnown ? 'holds' : 'may hold'
  return noteFinding(
    displayName(table),
    `belongs to extension ${extension} and ${holds} rows that users have added: the table ${leaving}`,
    `If the target needs these rows, insert them there. To leave them out without this note: exclude: ['${patternOf(table)}'].`,
  )
}
