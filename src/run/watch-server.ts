import { displayName, type TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { Stage } from '../progress/phases.ts'
import type { ProgressEvent, Report, ServerWork } from '../progress/progress.ts'
import { workKey } from '../progress/work-progress.ts'

const ASK_EVERY_MS = 1000

/** The stages whose progress the server reports. */
const TOLD: readonly Stage[] = ['index', 'analyze']

/**
 * While the server builds indexes or analyzes tables, asks it once a second for its progress, because the statement itself reports nothing
 * until it ends. It asks over the session that the run reports its progress on. An error here ends the asking and nothing else.
 */
export class ServerWatch {
  readonly #target: Database
  readonly #session: () => Promise<Session | undefined>
  readonly #report: Report
  readonly #running = new Set<string>()
  readonly #timer: NodeJS.Timeout
  #asking: Promise<void> | undefined

  constructor(target: Database, session: () => Promise<Session | undefined>, report: Report) {
    this.#target = target
    this.#session = session
    this.#report = report
    this.#timer = setInterval(() => this.#tick(), ASK_EVERY_MS).unref()
  }

  /** Takes in an event of the run. */
  observe(event: ProgressEvent): void {
    if (event.type !== 'work-started' && event.type !== 'work-finished') return
    if (!TOLD.includes(event.stage)) return
    const key = workKey(event)
    if (event.type === 'work-started') this.#running.add(key)
    else this.#running.delete(key)
  }

  /** Ends the asking. Never throws. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#asking
  }

  #tick(): void {
    if (this.#running.size === 0 || this.#asking !== undefined) return
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined
    })
  }

  async #ask(): Promise<void> {
    try {
      const session = await this.#session()
      if (session === undefined) return
      const works = await readServerWork(session, this.#target.openPids())
      if (works.length > 0) this.#report({ type: 'server-progress', works })
    } catch {
      // The session is lost, or the run is being stopped.
      clearInterval(this.#timer)
    }
  }
}

/** The progress of backends of this database with building indexes and analyzing tables. */
export async function readServerWork(
  session: Pick<Session, 'query'>,
  pids: readonly number[],
): Promise<ServerWork[]> {
  const rows = await session.query<WorkRow>(SERVER_WORK_SQL, [[...pids]])
  return rows.map(({ stage, fraction, ...table }) => ({ stage, fraction, name: displayName(table) }))
}

interface WorkRow extends Omit<ServerWork, 'name'>, TableName, Record<string, unknown> {
  readonly name: string
}

/** Building an index means reading the table, sorting, and writing the tree. Other kinds than B-trees report only the reading. */
const SERVER_WORK_SQL = `
WITH work AS (
  SELECT 'index' AS stage, p.relid, CASE
    WHEN p.phase OPERATOR(pg_catalog.~) 'loading' THEN 0.65::pg_catalog.float8 OPERATOR(pg_catalog.+) 0.35::pg_catalog.float8
      OPERATOR(pg_catalog.*) p.tuples_done OPERATOR(pg_catalog./) NULLIF(p.tuples_total, 0)
    WHEN p.phase OPERATOR(pg_catalog.~) 'sorting' THEN 0.6::pg_catalog.float8
    ELSE 0.6::pg_catalog.float8 OPERATOR(pg_catalog.*) p.blocks_done OPERATOR(pg_catalog./) NULLIF(p.blocks_total, 0)
  END AS fraction
  FROM pg_catalog.pg_stat_progress_create_index AS p
  WHERE p.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[]) AND p.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
  UNION ALL
  SELECT 'analyze', p.relid, 0.9::pg_catalog.float8 OPERATOR(pg_catalog.*) p.sample_blks_scanned OPERATOR(pg_catalog./) NULLIF(p.sample_blks_total, 0)
  FROM pg_catalog.pg_stat_progress_analyze AS p
  WHERE p.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[]) AND p.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
)
SELECT w.stage, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, LEAST(w.fraction, 1)::pg_catalog.float8 AS fraction
FROM work AS w
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) w.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE w.fraction IS NOT NULL`
