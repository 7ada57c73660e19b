import { countOf } from '../../core/count-of.ts'
import { displayName, type TableName } from '../../core/table-name.ts'

/** The tables cannot be loaded after all. Nothing has changed, and a merge can copy their rows. */
export class LoadImpossible extends Error {
  /** The error that some tables have rows. */
  static asHasRows(tables: readonly TableName[]): LoadImpossible {
    return new LoadImpossible(describeFilled(tables))
  }
}

/** Says which tables have rows. */
export function describeFilled([first, ...others]: readonly TableName[]): string {
  if (first === undefined) return 'tables have rows'
  return others.length === 0
    ? `${displayName(first)} has rows`
    : `${displayName(first)} and ${countOf(others.length, 'more table')} have rows`
}
