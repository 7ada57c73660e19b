import { countOf } from '../../core/count-of.ts'
import { displayName, type TableName } from '../../core/table-name.ts'

/** Why tables cannot be loaded after all: nothing has changed, and a merge brings their rows. */
export class LoadImpossible extends Error {
  /** As some tables have rows. */
  static asHasRows(tables: readonly TableName[]): LoadImpossible {
    return new LoadImpossible(describeFilled(tables))
  }
}

/** That tables have rows, in words. */
export function describeFilled([first, ...others]: readonly TableName[]): string {
  if (first === undefined) return 'tables have rows'
  return others.length === 0
    ? `${displayName(first)} has rows`
    : `${displayName(first)} and ${countOf(others.length, 'more table')} have rows`
}
