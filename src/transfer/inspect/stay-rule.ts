import { isSameTable, type TableName } from '../../core/table-name.ts'
import { identifier, literal } from '../../postgres/identifiers.ts'

/** Which rows of a table of the target stay as they are. Only this decides which rows a run must not touch. */
export interface StayRule {
  /** An SQL condition over a row; undefined if no row stays because of its values. */
  readonly condition: string | undefined
  /** Whether all rows stay, so that none is copied. */
  readonly isWhole: boolean
  /** Whether rows stay that the source lacks. */
  readonly withoutSource: boolean
  /** Rows that do not stay although these rules name them; undefined for none. */
  readonly except?: RawRows | undefined
}

/** Rows of the target that may hold values from before the masks. */
export interface RawRows {
  /** The columns that are masked now: a row that is NULL in all of them holds no such value. */
  readonly columns: readonly string[]
  /** Low halves of the ids of transactions of runs. */
  readonly xids: readonly string[]
  /** Whether the rows are meant that these transactions have written, or all others. */
  readonly areTheirs: boolean
}

/** What a selection says about rows of the target. */
export interface StayRules {
  /** The rows that stay: a condition, or all rows of a table; by default none. */
  readonly keep?: readonly { readonly table: TableName; readonly rows: string | true }[]
  /** Whether rows that only the target has are deleted; by default they are. */
  readonly deletes?: {
    readonly others: 'follow' | 'keep'
    readonly tables: readonly { readonly table: TableName; readonly deletes: 'follow' | 'keep' }[]
  }
}

/** The rule for a table; undefined if a run may change and delete all its rows. */
export function stayRuleOf({ keep = [], deletes }: StayRules, table: TableName): StayRule | undefined {
  const isMeant = (rule: { readonly table: TableName }) => isSameTable(rule.table, table)
  const rows = keep.find(isMeant)?.rows
  const ofDeletes = deletes?.tables.find(isMeant)?.deletes ?? deletes?.others
  const withoutSource = ofDeletes === 'keep'
  if (rows === undefined && !withoutSource) return undefined
  return { condition: rows === true ? WHOLE : rows, isWhole: rows === true, withoutSource }
}

/** The condition that is true for every row. */
export const WHOLE = 'true'

/** The condition as SQL over the row that `alias` names. A comment may end it, so it gets a line of its own. */
export function staysSql(condition: string): string {
  return `((${condition}\n)) IS TRUE`
}

/** The condition that the row of `alias`, an SQL identifier, is one of these. */
export function isRawSql({ columns, xids, areTheirs }: RawRows, alias: string): string {
  const values = columns.map((column) => `${alias}.${identifier(column)} IS NOT NULL`)
  const isTheirs = `${alias}.xmin::pg_catalog.text OPERATOR(pg_catalog.=) ANY (${literal(`{${xids.join(',')}}`)}::pg_catalog.text[])`
  return `((${values.join(' OR ')}) AND ${areTheirs ? '' : 'NOT '}${isTheirs})`
}

/** A relation in FROM whose alias is its own name, because a condition may use that name. */
export function namedAsItself(relationSql: string, name: TableName): string {
  return `${relationSql} AS ${identifier(name.name)}`
}
