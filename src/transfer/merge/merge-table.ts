import type { TableName } from '../../core/table-name.ts'
import type { Column, Key, Table } from '../../postgres/catalog/table.ts'
import { copiedColumns, keptColumns } from '../inspect/columns.ts'
import type { TablePair } from '../inspect/inspection.ts'
import type { StayRule } from '../inspect/stay-rule.ts'
import type { MarkedRows } from '../target-writes/foreign-writes.ts'
import type { KeptMark } from '../target-writes/kept-mark.ts'
import type { ChangeList } from './change-list.ts'

/**
 * A table that a merge makes equal to `rows`, with the names of what the merge creates for it.
 * The change list holds, for each differing row, where it stands (`toid`, `tid`), where its new values stand in
 * `rows` (`lid`), and an `op`:
 * `i` insert, `d` delete, `u` update in place, `m` delete and insert (a value of a unique index changes),
 * `r` delete now and insert in a second statement, `l` insert in the second statement (see `spread-reinserts.ts`).
 */
export interface MergeTable {
  readonly target: Table
  readonly columns: readonly Column[]
  /** The target's own columns, which keep their values. */
  readonly kept: readonly Column[]
  readonly key: Key | undefined
  /** Copied columns that force `m`: some unique or exclusion index depends on them, or UPDATE may not set them. */
  readonly movedBy: readonly string[]
  readonly rows: NewRows
  readonly changes: ChangeList
  readonly undo: TableName
  /** Rows that the merge leaves as they are, whatever the source has; undefined if there can be none. */
  readonly stays?: StayingRows | undefined
}

/** Which rows stay, and where they are listed. */
export interface StayingRows extends StayRule {
  readonly list: TableName
}

/**
 * Where the wanted rows of a table stand: all of them in a landing table, those that have changed in a landing table, or the undone ones in
 * an undo table.
 */
export type NewRows =
  | {
      readonly kind: 'landing'
      readonly table: TableName
      readonly count: number
      /** Columns that have landed as text, in the table of `mergeNames().texts`. */
      readonly asText: readonly string[]
      readonly texts: TableName
    }
  | {
      readonly kind: 'changed'
      readonly table: TableName
      readonly count: number
      readonly unchanged: Unchanged
    }
  | {
      readonly kind: 'undo'
      readonly table: TableName
      readonly count: number
    }

/** What is known of the rows that did not land because they have not changed. */
export interface Unchanged {
  /** All rows of the source, landed or not. */
  readonly sourceRows: number
  /** How the run that read the rest of them left the table: it must still be so. */
  readonly left: TableAsLeft
  /** The keys of the rows that the source has deleted, where one may come twice; undefined if there are none. */
  readonly deleted: TableName | undefined
  /** The keys of all rows of the source, where rows of the target stay. */
  readonly keys?: TableName | undefined
}

/** How a run left a table. */
export interface TableAsLeft extends KeptMark, MarkedRows {
  /** What `readWriteCounters` said. */
  readonly writeCounters: string | undefined
}

/** How many rows of each op a change list holds. */
export interface ChangeCounts {
  readonly i: number
  readonly u: number
  readonly m: number
  readonly d: number
  readonly r: number
  readonly l: number
  /** Rows of `r` that are put back as they were. */
  readonly back: number
  /** Rows of the table before the merge. */
  readonly before: number
  /** Rows that stay as they are, and how many of them the source has, too. */
  readonly stays: number
  readonly leftOut: number
}

/** Where the change lists of small tables stand together. */
export function sharedListName(runId: number): TableName {
  return { schema: 'mbsync_landing', name: `run_${runId}_changes` }
}

/** The names that a merge gives to its tables: by run and table number, as real names could exceed 63 bytes. */
export interface MergeNames {
  readonly landing: TableName
  /** Where the rows of a small table land that is empty in the target: as its undo set, if it still is under its lock. */
  readonly kept: TableName
  /** Where all rows land if some columns land as text. */
  readonly texts: TableName
  /** For keys that the source has. */
  readonly keys: TableName
  /** For the keys of deleted rows. */
  readonly deleted: TableName
  readonly changes: TableName
  /** For the rows that stay. */
  readonly staying: TableName
  readonly undo: TableName
}

/** Names for table `number` of run `runId`. */
export function mergeNames(runId: number, number: number): MergeNames {
  return {
    landing: { schema: 'mbsync_landing', name: `run_${runId}_table_${number}` },
    kept: { schema: 'mbsync_undo', name: `run_${runId}_rows_${number}` },
    texts: { schema: 'mbsync_landing', name: `run_${runId}_texts_${number}` },
    keys: { schema: 'mbsync_landing', name: `run_${runId}_keys_${number}` },
    deleted: { schema: 'mbsync_landing', name: `run_${runId}_deleted_${number}` },
    changes: { schema: 'mbsync_landing', name: `run_${runId}_changes_${number}` },
    staying: { schema: 'mbsync_landing', name: `run_${runId}_staying_${number}` },
    undo: { schema: 'mbsync_undo', name: `run_${runId}_table_${number}` },
  }
}

/** The merge of what landed for a pair: every row of the source, or those that have changed. */
export function mergeTable(
  pair: TablePair,
  names: MergeNames,
  landedRows: number,
  unchanged: Unchanged | undefined,
  asText: readonly string[] = [],
): MergeTable {
  const columns = copiedColumns(pair)
  return {
    target: pair.target,
    columns,
    kept: keptColumns(pair),
    key: usableKey(pair.target, columns),
    movedBy: movingColumns(pair.target, columns),
    rows:
      unchanged === undefined
        ? { kind: 'landing', table: names.landing, count: landedRows, asText, texts: names.texts }
        : { kind: 'changed', table: names.landing, count: landedRows, unchanged },
    changes: { kind: 'own', table: names.changes },
    undo: names.undo,
    stays: pair.stays && { ...pair.stays, list: names.staying },
  }
}

/** The target's key, if every column of it is copied. */
export function usableKey({ key }: Table, columns: readonly Column[]): Key | undefined {
  const names = new Set(columns.map((column) => column.name))
  return key?.columns.every((column) => names.has(column.name)) ? key : undefined
}

/** The columns whose change makes a row move instead of being updated in place. */
export function movingColumns(target: Table, columns: readonly Column[]): string[] {
  return columns
    .filter((column) => target.uniqueColumns.has(column.name) || column.identity === 'always')
    .map((column) => column.name)
}

/** Whether the wanted rows stand where undo sets do: then those of an empty table are its undo set. */
export function isKeptForUndo({ rows, undo }: Pick<MergeTable, 'rows' | 'undo'>): boolean {
  return rows.kind === 'landing' && rows.table.schema === undo.schema
}

/** Whether a merge has to write to the table. */
export function changesAnything({ i, u, m, d, r, l }: ChangeCounts): boolean {
  return i + u + m + d + r + l > 0
}

/** How many rows are other ones after the merge. */
export function changedRows({ i, u, m, d, r, l, back }: ChangeCounts): number {
  return i + u + m + d + r + l - back
}
