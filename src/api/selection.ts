import type { SelectionOptions } from '../run/selection-of.ts'
import type { SelectionChoice } from './options.ts'

/** What a program selects, as the command line gives it. */
export function selectionOptions({ tables, exclude, where = {} }: SelectionChoice): SelectionOptions {
  const conditions = Object.entries(where).map(([table, condition]) => `${table}=${condition}`)
  return { tables: tables ?? [], excluded: exclude ?? [], conditions }
}
