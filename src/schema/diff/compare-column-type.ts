import { widenType } from '../../core/widen-type.ts'
import { quoteName } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { ColumnDetails } from '../table-details.ts'
import { review, safe, versus } from './changes.ts'
import type { ColumnPair } from './column-pair.ts'
import { reasonOfType } from './columns-of-type.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'
import { type Sides, withDescendants } from './sides.ts'

/** Whether the type or collation of a column differs, and whether the new type is wider. */
export function compareType(
  { table, tables, source, target }: ColumnPair,
  { target: side }: Sides,
): Change[] {
  if (source.type === target.type && source.collation === target.collation) return []
  const what = `column ${quoteName(source.name)}: type ${versus(typeOf(target), typeOf(source))}`
  const facts = { isAboutRows: source.type !== target.type, key: `type ${source.name} ${typeOf(source)}` }
  const alter = `${alterColumn(table.name, source.name)} TYPE ${typeOf(source)}`
  // The statement also changes the children, with the same views, generated columns and so on over them.
  const family = withDescendants(tables.target, side)
  const users = family
    .flatMap(({ id }) => side.dependents.get(id) ?? [])
    .filter((object) => uses(object, source.name))
  const reason = reasonAgainst({ table, tables, source, target }, users, family)
  if (reason !== undefined) {
    const using =
      widening({ source, target }) === undefined ? ` USING ${quoteName(source.name)}::${source.type}` : ''
    const isFixed = tables.target.table?.ofType !== undefined
    return [review('column type', what, reason, isFixed ? [] : [`${alter}${using}`], facts)]
  }
  const recreates = users.filter(({ kind }) => BLOCKING.has(kind)).map(({ id }) => id)
  return [safe('column type', what, { within: [alter] }, { ...facts, recreates })]
}

/** What prevents changing the type of an existing column. PostgreSQL itself rebuilds indexes, constraints and statistics. */
const BLOCKING = new Set<SchemaObject['kind']>(['view', 'rule', 'policy', 'trigger'])

function reasonAgainst(
  pair: ColumnPair,
  users: readonly SchemaObject[],
  family: readonly SchemaObject[],
): string | undefined {
  const { table, tables, source, target } = pair
  const ofType = tables.target.table?.ofType
  if (ofType !== undefined) return reasonOfType(ofType)
  if (source.collation !== target.collation) return 'another collation orders and compares values differently'
  if (widening(pair) === undefined) return 'not every value may fit into the type of the source'
  if (table.partitionKey !== undefined && mentions(table.partitionKey, source.name)) {
    return 'the column is part of the partition key: the table must be created again'
  }
  const generated = [table, ...family.flatMap((object) => object.table ?? [])]
    .flatMap(({ columns }) => columns)
    .find((column) => column.generated !== undefined && mentions(column.default ?? '', source.name))
  if (generated !== undefined) {
    return `the generated column ${quoteName(generated.name)} uses it, and must be dropped before and added again`
  }
  const user = users.find(({ kind }) => kind === 'materialized view' || kind === 'function')
  return user === undefined
    ? undefined
    : `${user.identity} uses it, and must be dropped before and created again`
}

/** If a cast gives another value than the text says, the user must decide, who knows what the values mean. */
function widening({ source, target }: Pick<ColumnPair, 'source' | 'target'>): string | undefined {
  const widened = widenType(target.type, source.type)
  return widened === 'cast' ? undefined : widened
}

function typeOf({ type, collation }: ColumnDetails): string {
  return collation === undefined ? type : `${type} COLLATE ${collation}`
}

/** A view names all columns that it reads, or uses whole rows. Of functions, only bodies in SQL's own syntax are bound to columns. */
function uses({ kind, create }: SchemaObject, column: string): boolean {
  const text = create.join('\n')
  if (kind === 'function' && !/\bBEGIN ATOMIC\b|^RETURN /m.test(text)) return false
  if (kind === 'trigger' && !/ (UPDATE OF|WHEN) /.test(text)) return false
  return mentions(text, column) || (kind !== 'trigger' && /\.\*|\bROW\(/.test(text))
}

function mentions(text: string, column: string): boolean {
  return text.includes(column.replaceAll('"', '""'))
}
