import { pipeline } from 'node:stream/promises'
import { identifier, literal } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { isWrittenBy, readTargetIdentity } from './target-mark.ts'

/** Which runs are copied: those before one, or those from one on. */
export type CopiedRuns = { readonly before: number } | { readonly from: number }

/** What belongs to runs, parents first, with the column of their number. */
const OF_RUNS: readonly (readonly [table: string, run: string])[] = [
  ['runs', 'id'],
  ['run_tables', 'run_id'],
  ['run_timelines', 'run_id'],
  ['run_sequences', 'run_id'],
  ['run_searches', 'run_id'],
]

/** What is true whatever the tables hold: it is copied whole. `swaps` refers to runs. */
const WHOLE = ['swaps', 'sources', 'shown_notes', 'search_collections', 'documents', 'mixedbread_index_state']

/**
 * Makes the state of a database that takes the place of another go on where that one's is: its runs, where its rows came from, and what search indexes
 * have. Watermarks and undo sets are about tables, and are not copied. Both must be of this version, with the run lock held. Changes `to` in one transaction.
 */
export async function copyState(from: Session, to: Session, runs: CopiedRuns): Promise<void> {
  await from.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', () =>
    to.transaction('BEGIN', async () => {
      const first = 'from' in runs ? runs.from : 0
      await to.query('DELETE FROM mbsync.runs WHERE id >= $1', [first])
      for (const table of WHOLE) await to.execute(`DELETE FROM mbsync.${table}`)
      for (const [table, run] of OF_RUNS) await copyTable(from, to, table, conditionOn(run, runs))
      for (const table of WHOLE)
        await copyTable(
          from,
          to,
          table,
          table === 'swaps' && 'before' in runs ? conditionOn('run_id', runs) : 'true',
        )
      const next = 'before' in runs ? runs.before : 1
      await to.query(
        `SELECT setval(pg_get_serial_sequence('mbsync.runs', 'id'), greatest($1::int8, (SELECT coalesce(max(id), 0) + 1 FROM mbsync.runs)), false),
           setval(pg_get_serial_sequence('mbsync.search_collections', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM mbsync.search_collections), false)`,
        [next],
      )
    }),
  )
}

function conditionOn(run: string, runs: CopiedRuns): string {
  return 'before' in runs ? `${run} < ${runs.before}` : `${run} >= ${runs.from}`
}

async function copyTable(from: Session, to: Session, table: string, condition: string): Promise<void> {
  const columns = await to.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [`mbsync.${table}`],
  )
  const names = columns.map(({ name }) => name)
  const changed = await changedColumns(from, to, table)
  const values = names.map((name) => changed[name] ?? `c.${identifier(name)}`)
  const source = from.copyOut(
    `COPY (SELECT ${values.join(', ')} FROM mbsync.${table} c WHERE ${condition}) TO STDOUT`,
  )
  const target = to.copyIn(`COPY mbsync.${table} (${names.map(identifier).join(', ')}) FROM STDIN`)
  await pipeline(source, target).catch((error: unknown) => {
    throw to.explain(error)
  })
}

/** Undo sets stay where they are; what is known of collections stays known, and what was not stays unknown. */
async function changedColumns(
  from: Session,
  to: Session,
  table: string,
): Promise<Readonly<Record<string, string>>> {
  if (table === 'run_tables') return { undo_table: 'NULL' }
  if (table !== 'search_collections') return {}
  const [then, now] = [await readTargetIdentity(from), await readTargetIdentity(to)]
  const { xid } = await to.queryOne<{ xid: string }>('SELECT txid_current()::text AS xid')
  const isKnown = `c.target_identity = ${literal(then)} AND ${isWrittenBy('c', 'c.written_xid')}`
  return {
    target_identity: `CASE WHEN ${isKnown} THEN ${literal(now)} ELSE c.target_identity END`,
    written_xid: `CASE WHEN ${isKnown} THEN ${xid}::bigint ELSE c.written_xid END`,
  }
}
