import type { SelectionOptions } from '../run/selection-of.ts'

/** Which databases and which of their tables and rows a function is about. */
export interface SelectionChoice {
  /** The profile in `mbsync.yaml`; not needed when there is only one. */
  readonly profile?: string | undefined
  /** With `to`, and instead of a profile: the database to read, by its name in `mbsync.yaml` or by a URL. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Over how many connections each side is read or written, 1 to 32; what the profile says unless given. */
  readonly jobs?: number | undefined
  /** Only these tables: names or patterns. */
  readonly tables?: readonly string[] | undefined
  /** Not these tables: names or patterns. */
  readonly exclude?: readonly string[] | undefined
  /** Only the rows that meet an SQL condition, by table. */
  readonly where?: Readonly<Record<string, string>> | undefined
  /** Leaves tables that do not fit into the target as they are. */
  readonly skipDrift?: boolean | undefined
}

/** The same as the command line gives it. */
export function selectionOptions({ tables, exclude, where = {} }: SelectionChoice): SelectionOptions {
  const conditions = Object.entries(where).map(([table, condition]) => `${table}=${condition}`)
  return { tables: tables ?? [], excluded: exclude ?? [], conditions }
}
