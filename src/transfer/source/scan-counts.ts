import type { Session } from '../../postgres/session.ts'

/** The result of a scan of a table. */
export interface Scan {
  /** {@link readRowsSql} at its end. */
  readonly read: number
  /** The rows that it has counted one by one, if it did. */
  readonly rows?: number
}

/** How many rows of a table the session has read since it began its transaction, as an SQL scalar. */
export function readRowsSql(oid: number): string {
  return `pg_catalog.pg_stat_get_xact_tuples_returned(${oid})::float8`
}

/** Whether the role may ask; an administrator may have revoked that. */
export async function mayReadScans(session: Session): Promise<boolean> {
  const { allowed } = await session.queryOne<{ allowed: boolean }>(
    `SELECT has_function_privilege('pg_catalog.pg_stat_get_xact_tuples_returned(oid)', 'EXECUTE') AS allowed`,
  )
  return allowed
}

/** A single scan could give the same number because it has read all rows of the table. The other scans would then read them again. */
const PROOFS = 2

/**
 * Finds out how many rows a scan has read, without counting them one by one, which would cost the server as much as reading them. For its
 * statistics, the server counts what a session reads, exactly and at once. Whether this works is tested for each table: scans also count
 * one by one, until two that found rows have given the same number. If one has not, they count one by one for good.
 *
 * A scan must read only the rows that it counts: its condition must be about ctids, and the server must use a TID range scan. It must also
 * run in the session's own process, because parallel workers count for themselves.
 */
export class ScanCounts {
  readonly #agreed = new Map<number, number>()
  readonly #disagreed = new Set<number>()
  readonly #readBefore = new Map<Session, Map<number, number>>()

  /** Runs a scan of the table with this object id. If `countsRows`, the scan must count its rows one by one. */
  async count<T extends Scan>(
    session: Session,
    oid: number,
    scan: (countsRows: boolean) => Promise<T>,
  ): Promise<T & { readonly rows: number }> {
    const before = await this.#before(session, oid)
    const result = await scan(!this.#isProven(oid))
    this.#readBefore.get(session)?.set(oid, result.read)
    const read = result.read - before
    const { rows = read } = result
    if (rows !== read) this.#disagreed.add(oid)
    else if (rows > 0) this.#agreed.set(oid, (this.#agreed.get(oid) ?? 0) + 1)
    return { ...result, rows }
  }

  #isProven(oid: number): boolean {
    return !this.#disagreed.has(oid) && (this.#agreed.get(oid) ?? 0) >= PROOFS
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
