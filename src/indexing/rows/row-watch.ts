import { isLookDue } from '../../core/watermark.ts'
import { relation } from '../../postgres/identifiers.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { ChosenIds } from '../../state/documents.ts'
import {
  forgetSearchMark,
  readSearchMark,
  type SearchMark,
  writeSearchMark,
} from '../../state/search-marks.ts'
import { readTablesAtMarks } from '../../transfer/target-writes/foreign-writes.ts'
import {
  mayLackWrites,
  readWriteCounters,
  seeStrangers,
} from '../../transfer/target-writes/write-counters.ts'
import { type AnalysedQuery, analyseQuery, type ReadTable } from './analyse-query.ts'
import { type ChangedTable, listChangedIds } from './list-changed-ids.ts'
import type { RowWatchOptions } from './row-watch-options.ts'

/** What is found of the documents that a collection should have. */
interface WantedOf {
  readonly documents: number
  readonly whyInFull?: string | undefined
}

/** How these are found. */
export interface WantSteps<T extends WantedOf> {
  /** The number of documents that the state knows, if the server has acknowledged all of them. */
  readonly countSettled: () => Promise<number | undefined>
  /** Runs the whole query. */
  readonly all: () => Promise<T>
  /** Runs it for the documents alone whose ids are in a table. */
  readonly some: (ids: ChosenIds, before: number) => Promise<T>
}

/** Nothing has changed since the collection had all documents. */
export interface Unchanged {
  readonly unchanged: number
}

/**
 * Watches the rows that the documents of a collection are made of. What the query gave is remembered together with how its tables stood under the
 * same snapshot; as long as they stand so, and nothing else that decides about its result has changed, it would give the same.
 */
export class RowWatch {
  readonly #options: RowWatchOptions
  #taken: SearchMark | undefined
  #reason: string | undefined

  constructor(options: RowWatchOptions) {
    this.#options = options
  }

  /** Finds the documents that are wanted, by no more of the query than is needed. `isTrusted`: whether what is remembered may be relied on. */
  async want<T extends WantedOf>(isTrusted: boolean, steps: WantSteps<T>): Promise<T | Unchanged> {
    const { session, collectionId, sql, recheck } = this.#options
    // A longer name would change the places of everything behind it.
    const view = { schema: 'mbsync_landing', name: `query_of_${collectionId}` }
    const analysed = await analyseQuery(session, sql, view, this.#options)
    if (typeof analysed === 'string') {
      await this.#forget(analysed)
      return this.#wantAll(steps)
    }
    const isSecondPass = this.#taken !== undefined
    const known = this.#taken ?? (await readSearchMark(session, collectionId))
    const counters = await this.#readCounters(analysed.tables)
    this.#reason = isTrusted
      ? whyUnusable(known, analysed, isSecondPass ? undefined : recheck)
      : 'that was asked for'
    const settled = this.#reason === undefined ? await steps.countSettled() : undefined
    if (this.#reason === undefined && settled !== known?.documents)
      this.#reason = 'the server has not acknowledged all of them'
    const usable = this.#reason === undefined ? known : undefined
    const unlookedRuns = usable === undefined ? 0 : usable.unlookedRuns + (isSecondPass ? 0 : 1)
    if (usable !== undefined && counters.isSure && counters.text === usable.counters) {
      this.#taken = { ...usable, unlookedRuns }
      return { unchanged: usable.documents }
    }
    return session.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ', () =>
      this.#wantUnderSnapshot(analysed, usable, { counters: counters.text, unlookedRuns }, steps),
    )
  }

  /** What must be true of all, and is read under the snapshot of the query. */
  async #wantUnderSnapshot<T extends WantedOf>(
    { tables, digest }: AnalysedQuery,
    known: SearchMark | undefined,
    facts: Pick<SearchMark, 'counters' | 'unlookedRuns'>,
    steps: WantSteps<T>,
  ): Promise<T | Unchanged> {
    const { session, collectionId } = this.#options
    const { snapshot } = await session.queryOne<{ snapshot: string }>(
      'SELECT txid_current_snapshot()::text AS snapshot',
    )
    const snapshots = known === undefined ? [snapshot] : [known.snapshot, snapshot]
    const read = await withUserPath(session, 'reading', () =>
      readTablesAtMarks(session, tables.map(rowsSql), snapshots, []),
    )
    const stood = (at: number) =>
      tables.map(({ oid }, index) => ({ oid, ...NO_ROWS, ...read[index]?.at(at) }))
    const mark = { digest, snapshot, tables: stood(-1), ...facts }
    if (known !== undefined) {
      const changed = findChanged(tables, known.tables, stood(0))
      this.#taken = { ...mark, documents: known.documents }
      if (changed.length === 0) return { unchanged: known.documents }
      const ids = await listChangedIds(this.#options, known, changed)
      if (typeof ids !== 'string') {
        await forgetSearchMark(session, collectionId)
        return this.#count(await steps.some(ids, known.documents))
      }
      this.#reason = ids
    }
    this.#taken = { ...mark, documents: 0, unlookedRuns: 0 }
    await forgetSearchMark(session, collectionId)
    return this.#count(await this.#wantAll(steps))
  }

  async #wantAll<T extends WantedOf>(steps: WantSteps<T>): Promise<T> {
    return { ...(await steps.all()), whyInFull: this.#reason }
  }

  #count<T extends WantedOf>(wanted: T): T {
    if (this.#taken !== undefined) this.#taken = { ...this.#taken, documents: wanted.documents }
    return wanted
  }

  /** Remembers that the collection has all documents that were wanted last. */
  async remember(): Promise<void> {
    if (this.#taken === undefined) return
    await writeSearchMark(this.#options.session, this.#options.collectionId, this.#taken)
  }

  async #forget(reason: string): Promise<void> {
    this.#reason = reason
    this.#taken = undefined
    await forgetSearchMark(this.#options.session, this.#options.collectionId)
  }

  /** What statistics say of all tables at once, and whether they know of every write. */
  async #readCounters(
    tables: readonly ReadTable[],
  ): Promise<{ readonly text: string | undefined; readonly isSure: boolean }> {
    const { session, seen, harmless } = this.#options
    if (session.serverVersion >= FORCED_STATISTICS) await session.query('SELECT pg_stat_force_next_flush()')
    const { pid } = await session.queryOne<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const now = await seeStrangers({ openPids: () => [pid, ...harmless.openPids()] }, session)
    const [text] = await readWriteCounters(session, [
      { partitions: tables.flatMap(({ partitions }) => partitions) },
    ])
    return { text, isSure: text !== undefined && !mayLackWrites(seen, now) }
  }
}

/** The first version whose sessions can be made to report at once. */
const FORCED_STATISTICS = 150_000
const NO_ROWS = { rows: 0, undated: 0, fingerprint: '0' }

function whyUnusable(
  known: SearchMark | undefined,
  { digest }: AnalysedQuery,
  recheck: number | undefined,
): string | undefined {
  if (known === undefined) return 'the run before did not finish, or there was none'
  if (known.digest !== digest)
    return 'the query, a definition that it depends on, `keys`, or a setting has changed'
  if (recheck !== undefined && isLookDue(known.unlookedRuns, recheck))
    return '`incremental.recheck` runs in a row had not looked at all of them'
  return undefined
}

function findChanged(
  tables: readonly ReadTable[],
  before: SearchMark['tables'],
  now: SearchMark['tables'],
): ChangedTable[] {
  return tables.flatMap((table) => {
    const then = before.find(({ oid }) => oid === table.oid)
    const stands = now.find(({ oid }) => oid === table.oid)
    if (then === undefined || stands === undefined) throw new Error('A table of the same query must be known')
    const isSame = then.rows === stands.rows && then.fingerprint === stands.fingerprint
    return isSame ? [] : [{ table, before: then, now: stands }]
  })
}

/** Each relation that holds rows, alone. */
function rowsSql({ partitions }: ReadTable): string {
  const each = partitions.map(({ name }) => `SELECT tableoid, ctid, xmin FROM ONLY ${relation(name)}`)
  return `(${each.join(' UNION ALL ')})`
}
