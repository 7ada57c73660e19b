import { patternOf } from '../../core/table-pattern.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, SourceColumn, TablePair } from '../inspection.ts'
import { widenType } from '../widen-type.ts'

/** What the advice about a column is for. */
export interface ColumnPlace {
  readonly pair: TablePair
  /** What the target is called. */
  readonly to: Inspection['targetName']
}

/** `columns: { 'public.Part': { exclude: ['legacy'] } }`, as the profile takes it. */
export function leaveOutRule({ target }: Pick<TablePair, 'target'>, column: string): string {
  return `columns: { ${yamlText(patternOf(target.name))}: { exclude: [${yamlText(column)}] } }`
}

/** A text as YAML quotes it. */
export function yamlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** What to do about a column that the target lacks. */
export function adviseMissing({ pair, to }: ColumnPlace, column: SourceColumn): string {
  const sql = `ALTER TABLE ${relation(pair.target.name)} ADD COLUMN ${identifier(column.name)} ${column.type}`
  return `Run the pending migrations on ${to}, or ${sql}, which loses nothing. If ${to} has dropped the column, leave it out: ${leaveOutRule(pair, column.name)}; its values then do not reach ${to}.`
}

/** What to do about a column that has probably been renamed. */
export function adviseRenamed(place: ColumnPlace, source: SourceColumn, target: SourceColumn): string {
  const { pair, to } = place
  const [from, into] = [target, source].map(({ name }) => identifier(name))
  const sql = `ALTER TABLE ${relation(pair.target.name)} RENAME COLUMN ${from} TO ${into}`
  return `Run the pending migrations on ${to}, or ${sql}, which keeps all values. If ${to} is ahead, deploy the migration to the source. If these are two columns, leave out that of the source: ${leaveOutRule(pair, source.name)}; its values then do not reach ${to}.`
}

/** What to do about a column whose type does not take every value of the source. */
export function adviseType({ pair, to }: ColumnPlace, source: SourceColumn, target: SourceColumn): string {
  const sql = `ALTER TABLE ${relation(pair.target.name)} ALTER COLUMN ${identifier(source.name)} TYPE ${source.type}`
  const keepsAll = widenType(target.baseType, source.baseType) !== undefined
  const loses = keepsAll
    ? `which keeps the values of ${to}`
    : `which fails for values of ${to} that do not fit, or changes them`
  const isKey = pair.target.key?.columns.some(({ name }) => name === source.name) ?? false
  const orLeaveOut = isKey
    ? ''
    : `, or leave the column out: ${leaveOutRule(pair, source.name)}; ${to} then keeps its own values`
  return `Run the pending migrations on ${to}, or ${sql}, ${loses}. If ${to} is ahead, deploy its migration to the source${orLeaveOut}.`
}

/** What to do about a column that only the target wants filled. */
export function adviseNotNull({ pair, to }: ColumnPlace, column: SourceColumn): string {
  const sql = `ALTER TABLE ${relation(pair.target.name)} ALTER COLUMN ${identifier(column.name)} DROP NOT NULL`
  return `Run the pending migrations on ${to}, or ${sql}, which loses nothing. If ${to} is ahead, deploy its migration to the source, where the column must not be NULL either.`
}

/** What to do about a column of the target alone that new rows could not fill. */
export function adviseUnfilled({ pair, to }: ColumnPlace, column: SourceColumn): string {
  const sql = `ALTER TABLE ${relation(pair.target.name)} ALTER COLUMN ${identifier(column.name)} SET DEFAULT …`
  return `Run the pending migrations on ${to}, if one drops it. If ${to} is ahead, give the column a default: ${sql}; or allow NULL: ALTER COLUMN ${identifier(column.name)} DROP NOT NULL. Both lose nothing.`
}
