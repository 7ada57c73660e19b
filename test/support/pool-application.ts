import type pg from 'pg'
import { connect } from './databases.ts'

/** An application that uses its database through a pool, all the time. */
export interface PoolApplication {
  /** What went wrong for it so far. */
  readonly errors: readonly string[]
  stop(): Promise<void>
}

/** Keeps clients in short transactions, one after another. */
export async function startPoolApplication(url: string, clients = 3): Promise<PoolApplication> {
  const errors: string[] = []
  let isStopped = false
  const work = async () => {
    const client = await connect(url)
    while (!isStopped) {
      try {
        await client.query('BEGIN')
        await client.query('SELECT count(*) FROM author')
        await client.query(`INSERT INTO author (name) VALUES ('app')`)
        await client.query('SELECT pg_sleep(0.1)')
        await client.query('ROLLBACK')
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error))
        await client.query('ROLLBACK').catch(() => undefined)
      }
    }
    await client.end()
  }
  const working = Array.from({ length: clients }, work)
  return {
    errors,
    stop: async () => {
      isStopped = true
      await Promise.all(working)
    },
  }
}

/**
 * What an application finds on each server connection of a pool: every setting that is not as the server has it, and what is left of other clients.
 * `connections` transactions at once reach as many server connections.
 */
export async function readPool(url: string, connections: number): Promise<Record<string, unknown>[]> {
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(url)))
  try {
    const found = await Promise.all(clients.map(lookAround))
    const pids = new Set(found.map(({ pid }) => pid))
    if (pids.size < connections) throw new Error('Not all server connections of the pool were reached')
    return found.map(({ pid: _, ...rest }) => rest)
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}

async function lookAround(client: pg.Client): Promise<Record<string, unknown>> {
  await client.query('BEGIN')
  const { rows } = await client.query(TRACES_SQL)
  // The others begin theirs meanwhile.
  await client.query('SELECT pg_sleep(0.5)')
  await client.query('ROLLBACK')
  return rows[0]
}

/** All names are qualified: search_path is among what may have been changed. */
const TRACES_SQL = `
SELECT pg_catalog.pg_backend_pid() AS pid,
  (SELECT pg_catalog.array_agg(name || '=' || setting ORDER BY name) FROM pg_catalog.pg_settings
    WHERE source = 'session' AND name NOT IN ('transaction_isolation', 'application_name')) AS settings,
  (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'application_name') AS application,
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_prepared_statements) AS prepared,
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_cursors) AS cursors,
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_listening_channels()) AS channels,
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()) AS "advisoryLocks",
  pg_catalog.pg_my_temp_schema()::int AS "temporarySchema",
  current_user::text AS role`
