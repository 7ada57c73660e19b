import type { TableName } from '../../core/table-name.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { featureIf, sinceOf } from '../read/features.ts'
import { newestFunction } from '../read/newer-functions.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { ColumnDetails, TableDetails } from '../table-details.ts'
import { columnSettings } from '../write-column.ts'
import { writeColumn } from '../write-table.ts'
import { review, safe } from './changes.ts'
import { addedByType, reasonOfType } from './columns-of-type.ts'
import { compareColumn, isNotNull } from './compare-column.ts'
import { withoutDefaultsOf } from './compare-identity.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'
import { type Pair, parentsOf, type Side, type Sides } from './sides.ts'

/** The two versions of a table. */
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
      const made = other === undefined ? columnOfParents(target, column, sides) : undefined
      const changes =
        made !== undefined
          ? compareColumn({ table, tables, source: column, target: made }, sides).map(asAdjustment(column))
          : other === undefined
            ? addColumn(pair, column, renames.find((rename) => rename.to === column)?.from, sides)
            : compareColumn({ table, tables, source: column, target: other }, sides)
      return changes.map((change) => ({ ...change, column: column.name }))
    }),
    ...target.columns
      .filter(({ name }) => columnOf(source, name) === undefined)
      .map((column) => dropColumn(target, column, renames.find((rename) => rename.from === column)?.to)),
  ]
}

/** Whether the columns that two tables share have another order, which has no effect. */
export function isOrderedDifferently(source: TableDetails, target: TableDetails): boolean {
  const names = (table: TableDetails, other: TableDetails) =>
    table.columns.map(({ name }) => name).filter((name) => columnOf(other, name) !== undefined)
  return names(source, target).join('\0') !== names(target, source).join('\0')
}

function columnOf({ columns }: TableDetails, name: string): ColumnDetails | undefined {
  return columns.find((column) => column.name === name)
}

/** A column as a table of the target gets it from a parent to which it is added: without the properties that only the parent has. */
function columnOfParents(
  target: TableDetails,
  column: ColumnDetails,
  sides: Sides,
): ColumnDetails | undefined {
  const { name, identity } = column
  for (const parent of parentsOf(target)) {
    const [to, from] = [sides.source, sides.target].map(({ relations }) => relations.get(parent)?.table)
    const own = to === undefined ? undefined : columnOf(to, name)
    if (own === undefined || from === undefined || columnOf(from, name) !== undefined) continue
    const { default: expression } = columnOfParents(from, own, sides) ?? addedAs(own, parent, sides)
    const isDemanded = isNotNull(own) && own.notNull?.isNoInherit !== true
    return {
      ...own,
      ...NO_SETTINGS,
      identity,
      default: expression,
      isNotNull: isDemanded,
      notNull: undefined,
    }
  }
  return undefined
}

const NO_SETTINGS = {
  storedAs: undefined,
  storage: undefined,
  compression: undefined,
  statistics: undefined,
  options: [],
}

/** A default that is a separate object belongs to the parent only. */
function addedAs(column: ColumnDetails, table: TableName, { source }: Sides): ColumnDetails {
  return separateDefault(table, column, source) === undefined ? column : { ...column, default: undefined }
}

function asAdjustment({ name }: ColumnDetails): (change: Change) => Change {
  return (change) => ({ ...change, adjusts: keyOfAddition(name) })
}

/** The key of the change that adds a column. */
export function keyOfAddition(column: string): string {
  return `add ${column}`
}

function separateDefault(table: TableName, { name }: ColumnDetails, source: Side): SchemaObject | undefined {
  return source.objects.find(
    ({ kind, of, identity }) =>
      kind === 'default' &&
      of !== undefined &&
      identity === `DEFAULT ${quoteQualified(table)}.${quoteName(name)}`,
  )
}

/** Existing rows of the target get NULL or the default. NOT NULL without a default must wait for their values. */
function addColumn(
  { table, tables, target: of }: TablePair,
  column: ColumnDetails,
  rename: ColumnDetails | undefined,
  sides: Sides,
): Change[] {
  const { source, target } = sides
  const hint =
    rename === undefined
      ? ''
      : `; perhaps it is column ${quoteName(rename.name)} of the target under another name`
  const what = `column ${quoteName(column.name)} is missing${hint}`
  const key = keyOfAddition(column.name)
  const separate = separateDefault(table.name, column, source)
  const ownDefault = defaultApart(separate, column, { key, source })
  if (of.ofType !== undefined) {
    if (of.ofType !== table.ofType)
      return [review('column', what, reasonOfType(of.ofType), [], { isAboutRows: true, key })]
    const own = separate === undefined ? column : { ...column, default: undefined }
    return [addedByType(table, own, { what, key }), ...ownDefault]
  }
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
    const reason = `the version of the target cannot have ${since.feature}`
    return [review('column', what, reason, [], { isAboutRows: true, key })]
  }
  return [
    safe(
      'column',
      what,
      {
        within: [
          add,
          ...settings,
          ...withoutDefaultsOf(column.identity?.sequence, tables.target.owner, sides),
        ],
        after: isDelayed ? [`${alterColumn(table.name, column.name)} SET NOT NULL`] : [],
      },
      { isAboutRows: true, key },
    ),
    ...ownDefault,
  ]
}

/** A default that is an object of its own, which comes in its own place. */
function defaultApart(
  separate: SchemaObject | undefined,
  column: ColumnDetails,
  { key, source }: { readonly key: string; readonly source: Side },
): Change[] {
  if (separate === undefined) return []
  const what = `column ${quoteName(column.name)}: default ${column.default}`
  const facts = { place: source.places.get(separate.id) ?? 0, key: `${key} default` }
  return [safe('default', what, { within: separate.create }, facts)]
}

function dropColumn(table: TableDetails, { name }: ColumnDetails, rename: ColumnDetails | undefined): Change {
  const alter = `ALTER TABLE ${quoteQualified(table.name)}`
  const what = `column ${quoteName(name)} is only in the target`
  const facts = { isAboutRows: true, key: `drop ${name}` }
  if (table.ofType !== undefined) return review('column', what, reasonOfType(table.ofType), [], facts)
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

/** Columns that only one side has, with the same definition, between the same neighbours. */
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
