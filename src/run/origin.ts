import type { TableName } from '../core/table-name.ts'
import type { CreatableSchema } from '../schema/creatable-object.ts'
import type { DatabaseSchema } from '../schema/schema-object.ts'
import type { RowOrigin } from '../state/sources.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import { isMatched } from '../transfer/inspect/select-relations.ts'
import type { LiveSource } from '../transfer/source/live-source.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import type { DatabaseLocale } from './swap/read-locale.ts'

/** Where a run gets its rows from. */
export interface Origin {
  /** What it is called in plans. */
  readonly name: string
  /** The command that tells whether a run would work now. */
  readonly rehearsal: string
  /** The command that counts what a run would change, if there is one. */
  readonly counting?: string
  /** How the state remembers it, without credentials. */
  readonly identity: Readonly<Record<string, unknown>>
  /** The databases that its rows came from: the one that is or was read, and those whose rows that one held. */
  readonly lineage: readonly RowOrigin[]
  /** Whether an empty target gets its schema only if that is wanted, by itself, or not at all, as it has none. */
  readonly givesSchema: 'if wanted' | 'to empty targets' | 'never'
  /** The whole schema, as the source that was opened of it sees it; undefined where it is not known, as in dumps of earlier versions. */
  readSchema(source: RowSource): Promise<CreatableSchema | undefined>
  /** The same with all that can differ from a target; undefined for what cannot be followed. */
  readDetails?(source: RowSource): Promise<DatabaseSchema | undefined>
  /** Prepares to be opened soon, for this number of readers at once. */
  prepare?(readers: number): void
  /** The locale of its database; undefined where it is not known, as in dumps. */
  readLocale?(): Promise<DatabaseLocale>
  /** The names of its tables, read without a lock. */
  listTables(): Promise<readonly TableName[]>
  /** Its schema as it is now, without a lock; that of a dump does not say what tables consist of. Undefined where it is not known. */
  lookAtSchema(): Promise<DatabaseSchema | CreatableSchema | undefined>
  /** Opens it for the length of `use`, for this number of readers at once. */
  open<T>(selection: Selection, readers: number, use: (source: RowSource) => Promise<T>): Promise<T>
  /** The same of a live database. */
  openLive?<T>(selection: Selection, readers: number, use: (source: LiveSource) => Promise<T>): Promise<T>
}

/** The tables of an origin that a selection means. */
export async function selectedOf({ listTables }: Origin, selection: Selection): Promise<TableName[]> {
  return (await listTables()).filter((name) => isMatched(selection, name))
}
