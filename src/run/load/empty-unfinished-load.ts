import { countOf } from '../../core/count-of.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { rememberAltered } from '../../state/created-objects.ts'
import { forgetLoads, type LoadedRows, readLoads } from '../../state/loads.ts'
import type { MergeMode } from '../../transfer/inspect/inspection.ts'
import { probeMergeMode } from '../../transfer/inspect/probe-merge-mode.ts'
import { emptyTables } from '../../transfer/load/empty-tables.ts'
import { passNumbers } from '../../transfer/merge/pass-numbers.ts'
import { readOwners } from '../../transfer/merge/read-owners.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import { readCatalogChildXids } from '../../transfer/target-writes/read-child-xids.ts'

/** Empties the tables of loads that died between two commits. Call it under the run lock. Never throws: a merge can handle the rows. */
export async function emptyUnfinishedLoads(
  session: Session,
  runIds: readonly number[],
  context: Pick<JobContext, 'report'>,
): Promise<void> {
  for (const runId of runIds) {
    await emptyUnfinishedLoad(session, runId, context).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      const hint = 'The rows stay until a run merges over them.'
      context.report({
        type: 'warning',
        message: `Run ${runId} has loaded tables and did not finish; emptying them failed: ${message}`,
        hint,
      })
    })
  }
}

/**
 * Empties the tables that a run has loaded without finishing. Tables with rows of other sessions keep all of theirs, and their sequences pass those.
 * @returns the tables that keep their rows
 */
export async function emptyUnfinishedLoad(
  session: Session,
  runId: number,
  context: Pick<JobContext, 'report'>,
): Promise<Table[]> {
  const mode = await probeMergeMode(session)
  const empty = (lock: LoadLock) => emptyLocked(session, { runId, mode, lock }, context)
  return empty('ACCESS EXCLUSIVE').catch((error: unknown) => {
    if (!(error instanceof DatabaseError && error.sqlState === LOCK_NOT_AVAILABLE)) throw error
    // Readers stand in the way of TRUNCATE, and not in that of DELETE.
    return empty('SHARE ROW EXCLUSIVE')
  })
}

type LoadLock = 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE'

interface Emptying {
  readonly runId: number
  readonly mode: MergeMode
  readonly lock: LoadLock
}

async function emptyLocked(
  session: Session,
  { runId, mode, lock }: Emptying,
  context: Pick<JobContext, 'report'>,
): Promise<Table[]> {
  return session.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', async () => {
    const loads = await forgetLoads(session, runId)
    const tables = await lockLoaded(session, loads, lock)
    const touched = await touchedTables(session, tables, loads)
    const untouched = tables.filter((table) => !touched.includes(table))
    const xids = [...new Set(loads.map(({ xid }) => xid))]
    await emptyTables(session, mode, untouched, { xids, isAll: lock === 'ACCESS EXCLUSIVE' })
    await passNumbers(session, touched)
    await rememberAltered(session, readCatalogChildXids)
    const count = countOf(untouched.length, 'table')
    context.report({
      type: 'info',
      message: `Run ${runId} did not finish: emptied what it had loaded, ${count}`,
    })
    for (const { name } of touched)
      context.report({
        type: 'warning',
        message: `${displayName(name)}: keeps rows that run ${runId} has loaded without finishing, because the table was modified since`,
        hint: 'The next complete run makes the table equal to its source.',
      })
    return touched
  })
}

/** Tables that were dropped since need not be emptied. */
export async function lockLoaded(
  session: Session,
  loads: readonly LoadedRows[],
  lock: LoadLock = 'ACCESS EXCLUSIVE',
): Promise<Table[]> {
  const tables = await readLoaded(session, loads)
  if (tables.length === 0) return []
  const sorted = tables.map(tableSql).sort()
  await session.execute(`LOCK TABLE ${sorted.join(', ')} IN ${lock} MODE`)
  return readLoaded(session, loads)
}

/** The tables that were loaded, as far as they are still there. */
export async function readLoaded(session: Session, loads: readonly LoadedRows[]): Promise<Table[]> {
  const names = new TableSet(loads.map(({ name }) => name))
  const found = (await listRelations(session)).filter(
    ({ name, kind }) => (kind === 'table' || kind === 'partitioned') && names.has(name),
  )
  return readTables(
    session,
    found.map(({ oid }) => oid),
  )
}

/** Whether policies may hide rows of a table from the role, so that it cannot check whether they are mbsync's own. */
function hidesRows({ partitions }: Table): boolean {
  return partitions.some(({ isRowSecurityActive }) => isRowSecurityActive)
}

async function touchedTables(
  session: Session,
  tables: readonly Table[],
  loads: readonly LoadedRows[],
): Promise<Table[]> {
  const byName = new TableMap(loads.map((load) => [load.name, load]))
  // Reading the rows could run that code.
  if (
    (
      await readOwners(
        session,
        tables.map((target) => ({ target, kept: [] })),
      )
    ).size > 0
  )
    return [...tables]
  const touched = tables.filter(hidesRows)
  for (const table of tables) {
    if (touched.includes(table)) continue
    const { rows = 0, xid = '0' } = byName.get(table.name) ?? {}
    const found = await withUserPath(session, 'reading', () =>
      session.queryOne<{ rows: number; own: number }>(
        `SELECT count(*)::float8 AS rows, (count(*) FILTER (WHERE t.xmin = ($1::int8 & 4294967295)::text::xid))::float8 AS own
         FROM ${tableSql(table)} AS t`,
        [xid],
      ),
    )
    if (found.rows !== rows || found.own !== rows) touched.push(table)
  }
  return touched
}

/**
 * Empties what a run has committed before it failed. What fails here is done by the next run; until then, the tables keep their rows. Never throws.
 * @returns how the tables are left, as a sentence
 */
export async function emptyAfterFailure(target: Database, id: number, context: JobContext): Promise<string> {
  try {
    const kept = await target.withClosingSession((session) => emptyUnfinishedLoad(session, id, context))
    return kept.length === 0
      ? 'The tables are emptied again.'
      : `The tables are emptied again, except those that other sessions have written to since: check ${kept.map(({ name }) => displayName(name)).join(', ')}.`
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.report({
      type: 'warning',
      message: `Run ${id} has loaded tables and did not finish; emptying them failed: ${reason}`,
      hint: 'The next run empties them before it begins. Until then, applications see the rows.',
    })
    await passLoadedNumbers(target, id)
    return 'The tables hold the rows that were loaded: the next run empties them.'
  }
}

/** So that applications can insert rows beside those that stay. */
async function passLoadedNumbers(target: Database, id: number): Promise<void> {
  await target
    .withClosingSession((session) =>
      session.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', async () =>
        passNumbers(session, await readLoaded(session, await readLoads(session, id))),
      ),
    )
    .catch(() => undefined)
}
