import { quoteName, quoteQualified } from '../quote-name.ts'
import { featureIf, sinceOf } from '../read/features.ts'
import { newestFunction } from '../read/newer-functions.ts'
import type { ColumnDetails, TableDetails } from '../table-details.ts'
import { columnSettings } from '../write-column.ts'
import { writeColumn } from '../write-table.ts'
import { review, safe } from './changes.ts'
import { compareColumn, isNotNull } from './compare-column.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'
import type { Pair, Sides } from './sides.ts'

/** The table of both sides. */
export interface TablePair {
  readonly table: TableDetails
  readonly tables: Pair
  readonly source: TableDetails
  readonly target: TableDetails
}

/** Which columns only one of two tables has, and what differs in the others. */
export function compareColumns(pair: TablePair, sides: Sides): Change[] {
  const { table, tables, source, target } = pair
  const renames = likelyRenames(source, target)
  return [
    ...source.columns.flatMap((column) => {
      const other = columnOf(target, column.name)
      const changes =
        other === undefined
          ? addColumn(pair, column, renames.find((rename) => rename.to === column)?.from, sides)
          : compareColumn({ table, tables, source: column, target: other }, sides)
      return changes.map((change) => ({ ...change, column: column.name }))
    }),
    ...target.columns
      .filter(({ name }) => columnOf(source, name) === undefined)
      .map((column) => dropColumn(table, column, renames.find((rename) => rename.from === column)?.to)),
  ]
}

/** Whether the columns that two tables share are in another order, which has no effect. */
export function isOrderedDifferently(source: TableDetails, target: TableDetails): boolean {
  const names = (table: TableDetails, other: TableDetails) =>
    table.columns.map(({ name }) => name).filter((name) => columnOf(other, name) !== undefined)
  return names(source, target).join('\0') !== names(target, source).join('\0')
}

function columnOf({ columns }: TableDetails, name: string): ColumnDetails | undefined {
  return columns.find((column) => column.name === name)
}

/** Rows that the target has get NULL or the default. NOT NULL without a default must wait for their values. */
function addColumn(
  { table }: TablePair,
  column: ColumnDetails,
  rename: ColumnDetails | undefined,
  { source, target }: Sides,
): Change[] {
  const hint =
    rename === undefined
      ? ''
      : `; perhaps it is column ${quoteName(rename.name)} of the target under another name`
  const what = `column ${quoteName(column.name)} is missing${hint}`
  const key = `add ${column.name}`
  if (table.ofType !== undefined) {
    return [
      review('column', what, `the table is of type ${table.ofType}, which must be changed`, [], {
        isAboutRows: true,
        key,
      }),
    ]
  }
  const separate = source.objects.find(
    ({ kind, of, identity }) =>
      kind === 'default' &&
      of !== undefined &&
      identity === `DEFAULT ${quoteQualified(table.name)}.${quoteName(column.name)}`,
  )
  const hasValue =
    column.generated !== undefined ||
    column.identity !== undefined ||
    (column.default !== undefined && separate === undefined)
  const isDelayed = isNotNull(column) && !hasValue
  const added = isDelayed ? { ...column, isNotNull: false } : column
  const alter = `ALTER TABLE ${quoteQualified(table.name)}`
  const settings = columnSettings(column).map(
    (action) => `${alterColumn(table.name, column.name, true)} ${action}`,
  )
  const add = `${alter} ADD COLUMN ${writeColumn(table, added, separate !== undefined)}`
  const isVirtual = column.generated === 'virtual'
  const { since } = sinceOf([
    featureIf(isVirtual, 180000, 'a virtual generated column'),
    newestFunction([add]),
  ])
  if (since !== undefined && since.version > target.serverVersion) {
    const reason = `${since.feature} is not in the version of the target`
    return [review('column', what, reason, [], { isAboutRows: true, key })]
  }
  return [
    safe(
      'column',
      what,
      {
        within: [add, ...settings],
        after: isDelayed ? [`${alterColumn(table.name, column.name)} SET NOT NULL`] : [],
      },
      { isAboutRows: true, key },
    ),
    ...(separate === undefined
      ? []
      : [
          safe(
            'default',
            `column ${quoteName(column.name)}: default ${column.default}`,
            { within: separate.create },
            { place: source.places.get(separate.id) ?? 0, key: `${key} default` },
          ),
        ]),
  ]
}

function dropColumn(table: TableDetails, { name }: ColumnDetails, rename: ColumnDetails | undefined): Change {
  const alter = `ALTER TABLE ${quoteQualified(table.name)}`
  const what = `column ${quoteName(name)} is only in the target`
  const facts = { isAboutRows: true, key: `drop ${name}` }
  if (rename === undefined)
    return review('column', what, 'its values are lost', [`${alter} DROP COLUMN ${quoteName(name)}`], facts)
  const reason = `its values are lost, unless it is column ${quoteName(rename.name)} of the source under its old name: then rename it instead of adding that`
  return review(
    'column',
    what,
    reason,
    [
      `${alter} RENAME COLUMN ${quoteName(name)} TO ${quoteName(rename.name)}`,
      `${alter} DROP COLUMN ${quoteName(name)}`,
    ],
    facts,
  )
}

interface Rename {
  readonly from: ColumnDetails
  readonly to: ColumnDetails
}

/** Columns that only one side has, are defined alike, and stand between the same columns. */
function likelyRenames(source: TableDetails, target: TableDetails): Rename[] {
  const free = new Set(target.columns.filter(({ name }) => columnOf(source, name) === undefined))
  return source.columns.flatMap((to) => {
    if (columnOf(target, to.name) !== undefined) return []
    const from = [...free].find(
      (column) =>
        isAlike(column, to) && neighbours(target, column, source) === neighbours(source, to, target),
    )
    if (from === undefined) return []
    free.delete(from)
    return [{ from, to }]
  })
}

function isAlike(a: ColumnDetails, b: ColumnDetails): boolean {
  return (
    a.type === b.type &&
    a.isNotNull === b.isNotNull &&
    a.generated === b.generated &&
    a.identity?.kind === b.identity?.kind
  )
}

function neighbours({ columns }: TableDetails, column: ColumnDetails, other: TableDetails): string {
  const at = columns.indexOf(column)
  const isShared = ({ name }: ColumnDetails) => columnOf(other, name) !== undefined
  return JSON.stringify([
    columns.slice(0, at).findLast(isShared)?.name,
    columns.slice(at + 1).find(isShared)?.name,
  ])
}
