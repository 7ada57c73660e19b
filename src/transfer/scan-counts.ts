import type { Session } from '../postgres/session.ts'

/** What a scan of a table tells of itself. */
export interface Scan {
  /** {@link readRowsSql} at its end. */
  readonly read: number
  /** The rows that it has counted one by one, if it was asked to. */
  readonly rows?: number
}

/** How many rows of a table the session has read since it began its transaction, as an SQL scalar. */
export function readRowsSql(oid: number): string {
  return `pg_catalog.pg_stat_get_xact_tuples_returned(${oid})::float8`
}

/**
 * Knows how many rows a scan has read without counting them, which would cost the server as much as reading them: it counts them by itself, for
 * its statistics, exactly and for each session. Where it does so is found out: of each table, scans count one by one until one of them has
 * come to the same number, and for good if one has not.
 *
 * A scan must read the rows that it is to count and no others of its table: a condition is one on where they stand, and the server must go by it.
 */
export class ScanCounts {
  readonly #isProven = new Map<number, boolean>()
  readonly #readBefore = new Map<Session, Map<number, number>>()

  /** Runs a scan of the table with this object id, which must count its rows one by one if `countsRows`. */
  async count<T extends Scan>(
    session: Session,
    oid: number,
    scan: (countsRows: boolean) => Promise<T>,
  ): Promise<T & { readonly rows: number }> {
    const before = await this.#before(session, oid)
    const isProven = this.#isProven.get(oid)
    const result = await scan(isProven !== true)
    this.#readBefore.get(session)?.set(oid, result.read)
    const { rows = result.read - before } = result
    if (isProven !== true) this.#isProven.set(oid, isProven !== false && rows === result.read - before)
    return { ...result, rows }
  }

  async #before(session: Session, oid: number): Promise<number> {
    const known = this.#readBefore.get(session) ?? new Map<number, number>()
    this.#readBefore.set(session, known)
    const before = known.get(oid)
    if (before !== undefined) return before
    const { read } = await session.queryOne<{ read: number }>(`SELECT ${readRowsSql(oid)} AS read`)
    known.set(oid, read)
    return read
  }
}
