import type { TableName } from '../core/table-name.ts'
import type { CreatableSchema } from '../schema/creatable-object.ts'
import type { DatabaseSchema } from '../schema/schema-object.ts'
import type { RowOrigin } from '../state/sources.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import { isMatched } from '../transfer/inspect/select-relations.ts'
import type { LiveSource } from '../transfer/source/live-source.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import type { DatabaseLocale } from './swap/read-locale.ts'

/** The origin of a run's rows: a live database or a dump. */
export interface Origin {
  /** Its name in plans. */
  readonly name: string
  /** The command that shows whether a run would work now. */
  readonly rehearsal: string
  /** The command that counts what a run would change, if there is one. */
  readonly counting?: string
  /** The identity that the state stores, without credentials. */
  readonly identity: Readonly<Record<string, unknown>>
  /** The databases that its rows came from: the one that is or was read, and those that its own rows had come from. */
  readonly lineage: readonly RowOrigin[]
  /** Whether an empty target gets the schema only on request, by itself, or not at all because the origin has none. */
  readonly givesSchema: 'if wanted' | 'to empty targets' | 'never'
  /** The whole schema, as the opened source sees it; undefined if it is not known, as in dumps of earlier versions. */
  readSchema(source: RowSource): Promise<CreatableSchema | undefined>
  /** The same with everything that can differ from a target; undefined if the origin cannot be followed. */
  readDetails?(source: RowSource): Promise<DatabaseSchema | undefined>
  /** Prepares for being opened soon, with up to this number of concurrent readers. */
  prepare?(jobs: number): void
  /** The locale of its database; undefined if it is not known, as for dumps. */
  readLocale?(): Promise<DatabaseLocale>
  /** The names of its tables, read without a lock. */
  listTables(): Promise<readonly TableName[]>
  /** Its schema as it is now, without a lock; that of a dump says of tables only which columns they have. Undefined where it is not known. */
  lookAtSchema(): Promise<DatabaseSchema | CreatableSchema | undefined>
  /** Opens it while `use` runs, with up to this number of concurrent readers. */
  open<T>(selection: Selection, jobs: number, use: (source: RowSource) => Promise<T>): Promise<T>
  /** The origin of a live database. */
  openLive?<T>(selection: Selection, jobs: number, use: (source: LiveSource) => Promise<T>): Promise<T>
}

/** The tables of an origin that a selection includes. */
export async function selectedOf({ listTables }: Origin, selection: Selection): Promise<TableName[]> {
  return (await listTables()).filter((name) => isMatched(selection, name))
}
