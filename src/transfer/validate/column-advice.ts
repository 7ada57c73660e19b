import { patternOf } from '../../core/table-pattern.ts'
import { widenType } from '../../core/widen-type.ts'
import { yamlText } from '../../core/yaml-text.ts'
import type { ExtensionNames } from '../../postgres/catalog/read-extension-names.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, SourceColumn, TablePair } from '../inspect/inspection.ts'

/** The facts that advice about a column depends on. */
export interface ColumnPlace {
  readonly pair: TablePair
  /** The name of the target. */
  readonly to: Inspection['targetName']
  /** The types of the source's tables whose names those of the target do not use. */
  readonly unknownTypes: ReadonlySet<string>
  /** The types that the target's tables use. */
  readonly knownTypes: Pick<ReadonlySet<string>, 'has'>
  /** What belongs to extensions in the source. */
  readonly extensionNames: ExtensionNames
}

function isUnknown({ unknownTypes }: ColumnPlace, type: string): boolean {
  return unknownTypes.has(type.replace(/(\[\])+$/, ''))
}

/** `columns: { 'public.Part': { exclude: ['legacy'] } }`, in the form of the profile. */
function leaveOutRule({ target }: Pick<TablePair, 'target'>, column: string): string {
  return `columns: { ${yamlText(patternOf(target.name))}: { exclude: [${yamlText(column)}] } }`
}

/** What to do about a column that the target lacks. */
export function adviseMissing(place: ColumnPlace, column: SourceColumn): string {
  const { pair, to } = place
  // Without the default, the statement would add another column than the migration does.
  const sql = column.hasDefault
    ? 'what `mbsync schema diff --sql` prints, with its default'
    : `ALTER TABLE ${relation(pair.target.name)} ADD COLUMN ${identifier(column.name)} ${column.type}`
  const first = isUnknown(place, column.type)
    ? `${createType(place, column.type)} if it is missing there, then `
    : ''
  return `Run the pending migrations on ${to}, or ${first}${sql}, which loses nothing. If ${to} has dropped the column, leave it out: ${leaveOutRule(pair, column.name)}; its values then do not reach ${to}.`
}

/** What to do about a column that was probably renamed. */
export function adviseRenamed(place: ColumnPlace, source: SourceColumn, target: SourceColumn): string {
  const { pair, to } = place
  const [from, into] = [target, source].map(({ name }) => identifier(name))
  const sql = `ALTER TABLE ${relation(pair.target.name)} RENAME COLUMN ${from} TO ${into}`
  return `Run the pending migrations on ${to}, or ${sql}, which keeps all values. If ${to} is ahead, deploy the migration to the source. If these are two columns, leave out that of the source: ${leaveOutRule(pair, source.name)}; its values then do not reach ${to}.`
}

/** What to do about a column whose type cannot hold every value of the source. */
export function adviseType(place: ColumnPlace, source: SourceColumn, target: SourceColumn): string {
  const { pair, to } = place
  const first = isUnknown(place, source.type) ? `${bringType(place, source, target)} ` : ''
  const sql = `${first}${retypeSql(pair, source, target)}`
  const keepsAll = widenType(target.baseType, source.baseType) !== undefined
  const loses = keepsAll
    ? `which keeps the values of ${to}`
    : `which fails for values of ${to} that do not fit, or changes them`
  const isKey = pair.target.key?.columns.some(({ name }) => name === source.name) ?? false
  const fill = isFilled(target) ? '' : `, and new rows need ${defaultSql(pair, target)}`
  const orLeaveOut = isKey
    ? ''
    : `, or leave the column out: ${leaveOutRule(pair, source.name)}; ${to} then keeps its own values${fill}`
  return `Run the pending migrations on ${to}, or ${sql}, ${loses}. If ${to} is ahead, deploy its migration to the source${orLeaveOut}.`
}

/** How the target gets a type with the source's name. An enum may only have another name there. */
function bringType(place: ColumnPlace, source: SourceColumn, target: SourceColumn): string {
  const [own, there] = [source, target].map(({ type }) => type.replace(/(\[\])+$/, ''))
  const [name = ''] = /("(?:[^"]|"")+"|[^."]+)$/.exec(own ?? '') ?? []
  const create = `${createType(place, source.type)} there and then`
  return place.knownTypes.has(there ?? '') && !place.extensionNames.has(own ?? '')
    ? `ALTER TYPE ${there} RENAME TO ${name} if it is the same one under an earlier name, or ${create}`
    : create
}

function createType({ extensionNames }: ColumnPlace, type: string): string {
  const own = type.replace(/(\[\])+$/, '')
  const extension = extensionNames.get(own)
  return extension === undefined ? `create type ${own}` : `CREATE EXTENSION ${identifier(extension)}`
}

/** A default that PostgreSQL does not convert by itself would make the statement fail. */
function retypeSql({ target: { name } }: TablePair, source: SourceColumn, target: SourceColumn): string {
  const column = `ALTER COLUMN ${identifier(source.name)}`
  const using = target.generated === 'no' ? usingSql(source, target) : ''
  const isDropped = using !== '' && target.hasDefault && target.identity === 'no'
  const drop = isDropped ? `${column} DROP DEFAULT, ` : ''
  const again = isDropped ? ' (then SET DEFAULT as in the source)' : ''
  return `ALTER TABLE ${relation(name)} ${drop}${column} TYPE ${source.type}${using}${again}`
}

/** Nothing if PostgreSQL converts by itself. If there is no cast, it converts through text, which every type can be read from. */
function usingSql(source: SourceColumn, target: SourceColumn): string {
  const areArrays = [source, target].every(({ baseType }) => baseType.endsWith('[]'))
  const [from, to] = [target, source].map(({ baseType }) =>
    familyOf(areArrays ? baseType.slice(0, -2) : baseType),
  )
  if (widenType(target.baseType, source.baseType) !== undefined || to === 'text') return ''
  if (from === to && from !== undefined) return ''
  const isCast = from === 'text' || BOOLEAN_CAST.has(`${target.baseType} ${source.baseType}`)
  return ` USING ${identifier(source.name)}${isCast ? '' : '::text'}::${source.type}`
}

const BOOLEAN_CAST = new Set(['integer boolean', 'boolean integer'])

/** Types that convert into each other on assignment. */
function familyOf(type: string): string | undefined {
  const [, name = ''] = /^([a-z ]+?)(?:\(\d+(?:,-?\d+)?\))?( with(?:out)? time zone)?$/.exec(type) ?? []
  return FAMILIES.get(name)
}

const FAMILIES = new Map([
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'].map(
    (name) => [name, 'number'] as const,
  ),
  ...['text', 'character varying', 'character', 'bpchar', 'name'].map((name) => [name, 'text'] as const),
  ...['json', 'jsonb'].map((name) => [name, 'json'] as const),
  ...['bit', 'bit varying'].map((name) => [name, 'bit'] as const),
  ...['date', 'timestamp'].map((name) => [name, 'time'] as const),
])

/** What to do about a column that requires values only in the target. */
export function adviseNotNull({ pair, to }: ColumnPlace, column: SourceColumn): string {
  const sql = `ALTER TABLE ${relation(pair.target.name)} ALTER COLUMN ${identifier(column.name)} DROP NOT NULL`
  return `Run the pending migrations on ${to}, or ${sql}, which loses nothing. If ${to} is ahead, deploy its migration to the source, where the column must not be NULL either.`
}

/** What to do about a column that only one side generates, or that both generate differently. */
export function adviseGeneration(
  { pair, to }: ColumnPlace,
  source: SourceColumn,
  target: SourceColumn,
): string {
  const fill = isFilled(target) ? '' : `, and new rows need ${defaultSql(pair, target)}`
  const does = target.generated === 'no' ? 'keeps' : 'computes'
  return `Run the pending migrations on ${to}. If ${to} is ahead, deploy its migration to the source, or leave the column out: ${leaveOutRule(pair, source.name)}; ${to} then ${does} its own values${fill}.`
}

/** Whether an inserted row without the column gets a value for it, or needs none. */
export function isFilled(column: SourceColumn): boolean {
  return !column.isNotNull || column.hasDefault || column.generated !== 'no' || column.identity !== 'no'
}

/** What to do about a column that the profile leaves out, although new rows need a value for it. */
export function adviseLeftOut({ pair }: ColumnPlace, column: SourceColumn): string {
  return `Give it a default: ${defaultSql(pair, column)}; or allow NULL: ALTER COLUMN ${identifier(column.name)} DROP NOT NULL. Both lose nothing. Or copy it: remove it from \`columns\` in the profile.`
}

function defaultSql({ target: { name } }: TablePair, column: SourceColumn): string {
  return `ALTER TABLE ${relation(name)} ALTER COLUMN ${identifier(column.name)} SET DEFAULT …`
}

/** What to do about a column that only the target has, and that new rows could not fill. */
export function adviseUnfilled({ pair, to }: ColumnPlace, column: SourceColumn): string {
  const sql = defaultSql(pair, column)
  return `Run the pending migrations on ${to}, if one drops it. If ${to} is ahead, give the column a default: ${sql}; or allow NULL: ALTER COLUMN ${identifier(column.name)} DROP NOT NULL. Both lose nothing.`
}
