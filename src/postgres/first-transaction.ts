import pg from 'pg'
import { literal } from './identifiers.ts'
import type { ServerState } from './try-servers.ts'

/** A connection and the mark that its last transaction left in pg_stat_activity. */
export interface MarkedBackend {
  readonly pid: number
  /** Letters and digits. */
  readonly mark: string
}

/** Which backend served a transaction, and what it saw. */
export interface ServedTransaction extends ServerState {
  readonly pid: number
  /** `server_version_num`, such as 180004. */
  readonly version: number
  /** How long ago the backend was started, in milliseconds; infinite if the server does not say. */
  readonly ageMs: number
  /** How many of the marked backends have run nothing since they were marked. */
  readonly untouched: number
}

const QUERY_CANCELLED = '57014'
/** A `statement_timeout` of a millisecond, set by default for the database, is too short now and then. */
const ATTEMPTS = 10

/**
 * The one transaction that may run on a connection which is perhaps not a session of our own: it is read-only, leaves no trace, and is one
 * message, so that it is never left open. It holds whatever defaults the database or the role has: what runs before its search_path is set calls no
 * function, and all that it names is qualified, operators and casts included.
 */
export async function runFirstTransaction(
  client: pg.Client,
  mark: string,
  marked: readonly MarkedBackend[] = [],
): Promise<ServedTransaction> {
  const sql = firstTransactionSql(mark, marked)
  const answer: pg.QueryResult | pg.QueryResult[] = await repeatIfCancelled(client, () => client.query(sql))
  const [row] =
    [answer].flat().find(({ fields }) => fields?.some(({ name }) => name === 'untouched'))?.rows ?? []
  if (row === undefined) throw new Error('The first transaction of a connection returned no row')
  const { pid, version, age, untouched, standby, reads } = row
  return {
    pid: Number(pid),
    version: Number(version),
    ageMs: age === null ? Number.POSITIVE_INFINITY : Number(age) * 1000,
    untouched: Number(untouched),
    isStandby: standby === true,
    isReadOnly: reads === 'on',
  }
}

/** Runs SQL that begins by lifting the timeouts, again if a default of the database has cut it short before it could. */
export async function repeatIfCancelled<T>(client: pg.Client, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      // A pooler keeps a connection for us as long as its transaction has failed and is not over.
      await client.query('ROLLBACK').catch(() => undefined)
      if (!isCancelled(error) || attempt === ATTEMPTS) throw error
    }
  }
}

/** Whether a statement was cut short, by a timeout or by a cancellation. */
export function isCancelled(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === QUERY_CANCELLED
}

/**
 * The mark comes first, as the server shows only the beginning of a long text. ROLE is reset because a role sees only its own statements. What the
 * view pg_stat_activity joins to its function takes longer to plan than all else that a connection costs.
 */
function firstTransactionSql(mark: string, marked: readonly MarkedBackend[]): string {
  const untouched = marked.map(
    ({ pid, mark }) =>
      `(a.pid OPERATOR(pg_catalog.=) ${pid} AND pg_catalog.strpos(a.query, ${literal(mark)}) OPERATOR(pg_catalog.>) 0)`,
  )
  return `/* ${mark} */
BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY, NOT DEFERRABLE;
SET LOCAL statement_timeout = 0;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE NONE;
SELECT CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
  THEN pg_catalog.set_config('transaction_timeout', '0', true) END;
SELECT pg_catalog.pg_backend_pid() AS pid,
  pg_catalog.current_setting('server_version_num') AS version,
  pg_catalog.pg_is_in_recovery() AS standby,
  pg_catalog.current_setting('default_transaction_read_only') AS reads,
  (
    SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.backend_start)
    FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a
  ) AS age,
  ${untouched.length === 0 ? '0' : `(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_activity(NULL) AS a WHERE ${untouched.join(' OR ')})`} AS untouched;
COMMIT`
}
