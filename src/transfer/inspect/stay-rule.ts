import { isSameTable, type TableName } from '../../core/table-name.ts'
import { identifier } from '../../postgres/identifiers.ts'

/** Which rows of a table of the target stay as they are: the one answer to what is out of a run's reach. */
export interface StayRule {
  /** An SQL condition over a row; undefined where none stays for what it holds. */
  readonly condition: string | undefined
  /** Whether all rows stay, so that none is brought. */
  readonly isWhole: boolean
  /** Whether rows stay that the source does not have. */
  readonly withoutSource: boolean
}

/** What a selection says of rows of the target. */
export interface StayRules {
  /** Those that stay: which meet a condition, or all of a table; none unless given. */
  readonly keep?: readonly { readonly table: TableName; readonly rows: string | true }[]
  /** Whether rows that only the target has are deleted; they are unless given. */
  readonly deletes?: {
    readonly others: 'follow' | 'keep'
    readonly tables: readonly { readonly table: TableName; readonly deletes: 'follow' | 'keep' }[]
  }
}

/** What a selection says of the rows of a table; undefined if a run may change and delete all of them. */
export function stayRuleOf({ keep = [], deletes }: StayRules, table: TableName): StayRule | undefined {
  const isMeant = (rule: { readonly table: TableName }) => isSameTable(rule.table, table)
  const rows = keep.find(isMeant)?.rows
  const ofDeletes = deletes?.tables.find(isMeant)?.deletes ?? deletes?.others
  const withoutSource = ofDeletes === 'keep'
  if (rows === undefined && !withoutSource) return undefined
  return { condition: rows === true ? WHOLE : rows, isWhole: rows === true, withoutSource }
}

/** The condition that every row meets. */
export const WHOLE = 'true'

/** The condition as SQL over the row that `alias` names; a comment may end it. */
export function staysSql(condition: string): string {
  return `((${condition}\n)) IS TRUE`
}

/** A relation as FROM names it where a condition is about its rows: by its own name, as the condition may do. */
export function namedAsItself(relationSql: string, name: TableName): string {
  return `${relationSql} AS ${identifier(name.name)}`
}
