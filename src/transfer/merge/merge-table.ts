import type { TableName } from '../../core/table-name.ts'
import type { TableAsLeft } from '../../core/watermark.ts'
import type { Column, Key, Table } from '../../postgres/catalog/table.ts'
import { copiedColumns, keptColumns } from '../inspect/columns.ts'
import type { TablePair } from '../inspect/inspection.ts'
import type { StayRule } from '../inspect/stay-rule.ts'
import type { ChangeList } from './change-list.ts'

/**
 * A table that a merge makes equal to `rows`, with the names of what the merge creates for it. The change list has, for each differing row,
 * its position (`toid`, `tid`), the position of its new values in `rows` (`lid`), and an `op`: `i` insert, `d` delete, `u` update in place,
 * `m` delete and insert (a value of a unique index changes), `r` delete now and insert in a second statement, `l` insert in the second
 * statement (see `spread-reinserts.ts`).
 */
export interface MergeTable {
  readonly target: Table
  readonly columns: readonly Column[]
  /** The columns that only the target has. They keep their values. */
  readonly kept: readonly Column[]
  readonly key: Key | undefined
  /** Copied columns that require `m`: a unique or exclusion index depends on them, or UPDATE may not set them. */
  readonly movedBy: readonly string[]
  readonly rows: NewRows
  readonly changes: ChangeList
  readonly undo: TableName
  /** Rows that the merge leaves as they are, whatever the source has; undefined if there can be none. */
  readonly stays?: StayingRows | undefined
}

/** Which rows stay, and the table that lists them. */
export interface StayingRows extends StayRule {
  readonly list: TableName
}

/**
 * The table with the wanted rows: a landing table with all of them, a landing table with the changed ones, or an undo table with those to
 * put back.
 */
type NewRows =
  | {
      readonly kind: 'landing'
      readonly table: TableName
      readonly count: number
      /** Columns that landed as text, in the table of `mergeNames().texts`. */
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

/** What is known about rows that did not land because the target has them. */
export interface Unchanged {
  /** The number of all source rows, whether they landed or not. */
  readonly sourceRows: number
  /** How the run that read the other rows left the table, or found it. The table must still be like this. */
  readonly left: TableAsLeft
  /** The table with the keys that the source has deleted, possibly more than once; undefined if there are none. */
  readonly deleted: TableName | undefined
  /** The table with the keys of all source rows, if rows of the target stay. */
  readonly keys?: TableName | undefined
  /** Whether the source was read in full, and the rows that did not land were found in the target. */
  readonly isReadInFull: boolean
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

/** The table with the change lists of small tables. */
export function sharedListName(runId: number): TableName {
  return { schema: 'mbsync_landing', name: `run_${runId}_changes` }
}

/** Names for table `number` of run `runId`. If `isKept`, its rows land in the table that is to be its undo set. */
export function mergeNames(runId: number, number: number, isKept = false): MergeNames {
  return new NamesByNumber(runId, number, isKept)
}

/** The names of a merge's tables. */
export type MergeNames = Readonly<Record<keyof NamesByNumber, TableName>>

/**
 * They use run and table numbers, because real names could exceed 63 bytes. Most tables of a run never need
 * most of their names.
 */
class NamesByNumber {
  readonly #runId: number
  readonly #number: number
  readonly #isKept: boolean

  constructor(runId: number, number: number, isKept: boolean) {
    this.#runId = runId
    this.#number = number
    this.#isKept = isKept
  }

  /** The table in which the wanted rows land, or the changed ones. */
  get landing(): TableName {
    return this.#isKept ? this.kept : this.#named('mbsync_landing', 'table')
  }

  /**
   * The table in which the rows of a small table land that is empty in the target. If it is still empty under its lock, this is its undo
   * set.
   */
  get kept(): TableName {
    return this.#named('mbsync_undo', 'rows')
  }

  /** The table in which all rows land if some columns land as text. */
  get texts(): TableName {
    return this.#named('mbsync_landing', 'texts')
  }

  /** For keys that the source has. */
  get keys(): TableName {
    return this.#named('mbsync_landing', 'keys')
  }

  /** For the keys of deleted rows. */
  get deleted(): TableName {
    return this.#named('mbsync_landing', 'deleted')
  }

  /** For the change list. */
  get changes(): TableName {
    return this.#named('mbsync_landing', 'changes')
  }

  /** For the rows that stay. */
  get staying(): TableName {
    return this.#named('mbsync_landing', 'staying')
  }

  /** For the undo set. */
  get undo(): TableName {
    return this.#named('mbsync_undo', 'table')
  }

  #named(schema: string, what: string): TableName {
    // Joined, it is one text for V8, and not a tree of pieces.
    return { schema, name: ['run', this.#runId, what, this.#number].join('_') }
  }
}

/** The merge of what landed for a pair: all rows of the source, or only the changed ones. */
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
    key: pairedKey(pair),
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

/** The target's key, if all its columns are copied. */
export function usableKey({ key }: Table, columns: readonly Column[]): Key | undefined {
  const names = new Set(columns.map((column) => column.name))
  return key?.columns.every((column) => names.has(column.name)) ? key : undefined
}

/**
 * The target's key for a pair. Nothing keeps rows of the source from having the same values in it if it is not their key, or if only the
 * profile says that masked values differ.
 */
export function pairedKey(pair: TablePair): Key | undefined {
  const key = usableKey(pair.target, copiedColumns(pair))
  if (key === undefined) return undefined
  const isOwn = isKeyOfSource(pair, key)
  const isProven = ({ name }: Key['columns'][number]) => isOwn && pair.source.unproven?.has(name) !== true
  if (key.columns.every(isProven)) return key
  const columns = key.columns.map((column) =>
    isProven(column) ? column : { ...column, isLoose: true as const },
  )
  return { ...key, columns }
}

/** Whether both sides identify rows by the same columns. */
export function isKeyOfSource({ source: { keyColumns = [] } }: TablePair, { columns }: Key): boolean {
  return columns.length === keyColumns.length && columns.every(({ name }) => keyColumns.includes(name))
}

/** Whether different rows may have the same key. Two rows of the source would then stand for one of the target. */
export function isLoose({ columns }: Key): boolean {
  return columns.some((column) => column.isLoose === true)
}

/** The columns whose change makes a row move instead of being updated in place. */
export function movingColumns(target: Table, columns: readonly Column[]): readonly string[] {
  const known = MOVING.get(target.uniqueColumns)
  if (known?.columns === columns) return known.names
  const names = columns
    .filter((column) => target.uniqueColumns.has(column.name) || column.identity === 'always')
    .map((column) => column.name)
  MOVING.set(target.uniqueColumns, { columns, names })
  return names
}

/** By the unique columns, which tables share whose columns and indexes are alike. */
const MOVING = new WeakMap<
  ReadonlySet<string>,
  { readonly columns: readonly Column[]; readonly names: readonly string[] }
>()

/** Whether the wanted rows landed in the schema of undo sets. For an empty table, they are then its undo set. */
export function isKeptForUndo({ rows, undo }: Pick<MergeTable, 'rows' | 'undo'>): boolean {
  return rows.kind === 'landing' && rows.table.schema === undo.schema
}

/** Whether a merge must write to the table. */
export function changesAnything({ i, u, m, d, r, l }: ChangeCounts): boolean {
  return i + u + m + d + r + l > 0
}

/** How many rows are different after the merge. */
export function changedRows({ i, u, m, d, r, l, back }: ChangeCounts): number {
  return i + u + m + d + r + l - back
}
