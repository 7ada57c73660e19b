import type { Session } from '../../postgres/session.ts'

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

/** Whether the role may ask; administrators may have kept it from that. */
export async function mayReadScans(session: Session): Promise<boolean> {
  const { allowed } = await session.queryOne<{ allowed: boolean }>(
    `SELECT has_function_privilege('pg_catalog.pg_stat_get_xact_tuples_returned(oid)', 'EXECUTE') AS allowed`,
  )
  return allowed
}

/** One scan could have come to the same number because it has read all rows of the table, which the others would read again. */
const PROOFS = 2

/**
 * Knows how many rows a scan has read without counting them, which would cost the server as much as reading them: it counts them by itself, for
 * its statistics, exactly and for each session. Where it does so is found out: of each table, scans count one by one until two that found rows
 * have come to the same number, and for good if one has not.
 *
 * A scan must read the rows that it is to count and no others of its table: a condition is one on where they stand, and the server must go by it.
 * And it must do so in the session's own process, as workers count for themselves.
 */
export class ScanCounts {
  readonly #agreed = new Map<number, number>()
  readonly #disagreed = new Set<number>()
  readonly #readBefore = new Map<Session, Map<number, number>>()

  /** Runs a scan of the table with this object id, which must count its rows one by one if `countsRows`. */
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
