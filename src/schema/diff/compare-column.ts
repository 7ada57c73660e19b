import { isSameSql } from '../exact-sql.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { ColumnDetails } from '../table-details.ts'
import { columnSettings } from '../write-column.ts'
import { writeColumn } from '../write-table.ts'
import { review, safe, versus } from './changes.ts'
import type { ColumnPair } from './column-pair.ts'
import { compareType } from './compare-column-type.ts'
import { compareIdentity } from './compare-identity.ts'
import { describeOptions, optionActions } from './compare-options.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'
import { type Pair, parentsOf, type Sides } from './sides.ts'

/** What differs in a column that both tables have. */
export function compareColumn(pair: ColumnPair, sides: Sides): Change[] {
  const types = compareType(pair, sides)
  const retyping = types.find(({ review }) => review === undefined)
  return [
    ...types,
    ...compareDefault(pair, sides),
    ...compareNotNull(pair, sides),
    ...compareIdentity(pair, sides),
    ...(retyping === undefined ? compareStorage(pair, sides) : storeAgain(pair, retyping)),
    ...compareSettings(pair),
  ]
}

/** Whether a column requires a value in every row. */
export function isNotNull({ isNotNull, notNull }: ColumnDetails): boolean {
  return isNotNull && notNull?.isValid !== false
}

function compareDefault({ table, tables, source, target }: ColumnPair, sides: Sides): Change[] {
  const column = `column ${quoteName(source.name)}`
  if (source.generated !== undefined || target.generated !== undefined) {
    return compareGenerated({ table, tables, source, target })
  }
  if (isSameSql(source.default, target.default)) return []
  const action = source.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${source.default}`
  const statement = `${alterColumn(table.name, source.name, true)} ${action}`
  const place = placeOfDefault(tables, source, sides)
  const what = `${column}: default ${versus(target.default, source.default)}`
  return [safe('default', what, { within: [statement] }, place === undefined ? {} : { place })]
}

/** A default that needs an object which needs the table comes after that object. */
function placeOfDefault(
  { source: table }: Pair,
  { name }: ColumnDetails,
  { source }: Sides,
): number | undefined {
  const of = table.table?.name
  if (of === undefined) return undefined
  const own = source.dependents
    .get(table.id)
    ?.find(
      ({ kind, identity }) =>
        kind === 'default' &&
        identity === `DEFAULT ${table.identity.slice('TABLE '.length)}.${quoteName(name)}`,
    )
  return own === undefined ? undefined : source.places.get(own.id)
}

function compareGenerated({ table, source, target }: Omit<ColumnPair, 'sides'>): Change[] {
  if (source.generated === target.generated && isSameSql(source.default, target.default)) return []
  const column = quoteName(source.name)
  const what = `column ${column}: ${versus(generation(target), generation(source), 'not generated')}`
  const key = `generated ${source.name}`
  if (source.generated === undefined && target.generated === 'stored') {
    const set =
      source.default === undefined
        ? []
        : [`${alterColumn(table.name, source.name, true)} SET DEFAULT ${source.default}`]
    const drop = `${alterColumn(table.name, source.name)} DROP EXPRESSION`
    return [safe('generated column', what, { within: [drop, ...set] }, { isAboutRows: true, key })]
  }
  const alter = `ALTER TABLE ${quoteQualified(table.name)}`
  const statements = [
    `${alter} DROP COLUMN ${column}`,
    `${alter} ADD COLUMN ${writeColumn(table, source, false)}`,
  ]
  const reason = 'the column must be dropped, with all that uses it, and added again'
  return [review('generated column', what, reason, statements, { isAboutRows: true, key })]
}

function generation({ generated, default: expression }: ColumnDetails): string | undefined {
  return generated === undefined ? undefined : `generated (${generated}) as ${expression}`
}

function compareNotNull({ table, tables, source, target }: ColumnPair, { target: side }: Sides): Change[] {
  const { table: own } = tables.target
  const isOfParent = own !== undefined && parentsOf(own).length > 0
  if (isNotNull(source) === isNotNull(target))
    return isNotNull(source) && isOfParent ? keepNotNull(table, source.name) : []
  const column = `column ${quoteName(source.name)}`
  const facts = { isAboutRows: true, key: `not null ${source.name} ${isNotNull(source)}` }
  const alter = alterColumn(table.name, source.name)
  if (isNotNull(source)) {
    const what = `${column}: nullable, in the source NOT NULL`
    return [safe('NOT NULL', what, { after: [`${alter} SET NOT NULL`] }, facts)]
  }
  const what = `${column}: NOT NULL, in the source nullable`
  const key = (side.dependents.get(tables.target.id) ?? []).find(
    ({ constraint, create }) =>
      constraint?.kind === 'primary key' && create.join().includes(quoteName(source.name)),
  )
  if (key !== undefined && source.identity === undefined) {
    const reason = 'the column may be in the primary key, which only the target has or which differs'
    return [review('NOT NULL', what, reason, [`${alter} DROP NOT NULL`], facts)]
  }
  return [safe('NOT NULL', what, { within: [`${alter} DROP NOT NULL`] }, facts)]
}

/** A parent that no longer demands values would no longer let its children demand them. */
function keepNotNull({ name }: ColumnPair['table'], column: string): Change[] {
  const what = `column ${quoteName(column)}: loses its NOT NULL together with its parent`
  const within = [`${alterColumn(name, column)} SET NOT NULL`]
  return [safe('NOT NULL', what, { within }, { follows: `not null ${column} false` })]
}

const RESET_STORAGE_SINCE = 160000

/** A new type stores values in its own way. Children have the type from their parent, and each its own way of storing it. */
function storeAgain({ table, source }: ColumnPair, { key = '' }: Change): Change[] {
  const { name, storage, compression } = source
  const actions = columnSettings({ storage, compression, statistics: undefined, options: [] })
  if (actions.length === 0) return []
  const what = `column ${quoteName(name)}: its new type resets ${actions.join(', ').replaceAll('SET ', '').toLowerCase()}`
  const within = actions.map((action) => `${alterColumn(table.name, name, true)} ${action}`)
  return [safe('column setting', what, { within }, { follows: key })]
}

function compareStorage({ table, source, target }: ColumnPair, sides: Sides): Change[] {
  const set = settingOf(table, source)
  const storage = source.storage?.toUpperCase() ?? 'DEFAULT'
  // What differs from a parent is named even if it is the default, and the parents of the two sides may differ.
  const isStoredAlike = source.storedAs !== undefined && source.storedAs === target.storedAs
  const stored = isStoredAlike ? [] : set('storage', target.storage, source.storage, `SET STORAGE ${storage}`)
  const isResettable = source.storage !== undefined || sides.target.serverVersion >= RESET_STORAGE_SINCE
  const { compression = 'default' } = source
  return [
    ...(isResettable
      ? stored
      : stored.map((change) => ({
          ...change,
          review: 'before version 16 no statement names the storage of the type: put its name there',
        }))),
    ...set('compression', target.compression ?? 'default', compression, `SET COMPRESSION ${compression}`),
  ]
}

function settingOf(table: ColumnPair['table'], { name }: ColumnDetails) {
  return (setting: string, from: string | undefined, to: string | undefined, action: string): Change[] => {
    const what = `column ${quoteName(name)}: ${setting} ${versus(from, to, 'default')}`
    const within = [`${alterColumn(table.name, name, true)} ${action}`]
    return from === to ? [] : [safe('column setting', what, { within })]
  }
}

function compareSettings({ table, source, target }: ColumnPair): Change[] {
  const options = optionActions(target.options, source.options)
  const texts = versus(describeOptions(target.options), describeOptions(source.options))
  const within = options.map((action) => `${alterColumn(table.name, source.name, true)} ${action}`)
  return [
    ...settingOf(table, source)(
      'statistics target',
      String(target.statistics ?? 'default'),
      String(source.statistics ?? 'default'),
      `SET STATISTICS ${source.statistics ?? -1}`,
    ),
    ...(options.length === 0
      ? []
      : [safe('column setting', `column ${quoteName(source.name)}: options ${texts}`, { within })]),
  ]
}
