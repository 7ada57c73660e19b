import { sum } from '../../core/sum.ts'
import { groupByTable } from '../../core/table-map.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { readSchemaSignature } from '../../postgres/catalog/read-schema-signature.ts'
import { readScriptedPlans } from '../../postgres/catalog/read-scripted-code.ts'
import { literal } from '../../postgres/identifiers.ts'
import { quickCompressionSql } from '../../postgres/quick-compression.ts'
import type { Session } from '../../postgres/session.ts'
import { rememberAltered } from '../../state/created-objects.ts'
import { rememberLoads } from '../../state/loads.ts'
import { isDefinedAsBefore } from '../../transfer/inspect/inspect-target.ts'
import { abortTogether } from '../../transfer/land/abort-together.ts'
import { announce } from '../../transfer/land/copy-parts.ts'
import { formShares, inLoadOrder } from '../../transfer/load/form-shares.ts'
import { LoadImpossible } from '../../transfer/load/load-impossible.ts'
import {
  LARGE_BYTES,
  type LoadedTable,
  type LoadShare,
  type LoadTable,
  ties,
} from '../../transfer/load/load-plan.ts'
import { countChecks, loadShare, lockShare } from '../../transfer/load/load-share.ts'
import { indexedBytes } from '../../transfer/load/load-tables.ts'
import { readIndexCosts } from '../../transfer/load/read-index-costs.ts'
import { mergeNames } from '../../transfer/merge/merge-table.ts'
import { firingTriggers } from '../../transfer/merge/suspend-triggers.ts'
import { unprovenForeignKeys } from '../../transfer/merge/unproven-foreign-keys.ts'
import { inBinary } from '../../transfer/source/binary-tables.ts'
import { landingEncoding } from '../../transfer/source/copy-sql.ts'
import { type RowSource, readersOf } from '../../transfer/source/row-source.ts'
import type { LandedStaying, LandStaying } from '../../transfer/staying/land-staying.ts'
import { readCatalogChildXids } from '../../transfer/target-writes/read-child-xids.ts'
import type { PlannedRun } from '../make-plan.ts'
import type { OpenRun } from '../with-run.ts'

/** A transaction that has loaded its tables, and waits for its COMMIT. */
export interface LoadedShare {
  readonly session: Session
  /** `txid_current()`. */
  readonly xid: string
  readonly tables: readonly LoadedTable[]
}

/** The loaded tables. Until they are committed, the sessions hold their locks. */
export interface Loaded {
  readonly shares: readonly LoadedShare[]
  /** `txid_current_snapshot()` of the target before the load wrote anything. */
  readonly targetSnapshot: string
}

/**
 * Copies all rows directly into the empty tables, in one transaction on each of up to `jobs` sessions. It commits none of them, so if
 * anything fails before that, the target is as it was.
 * @throws LoadImpossible if the tables turn out not to be loadable
 */
export async function loadInto(
  jobs: number,
  run: OpenRun,
  source: RowSource,
  planned: PlannedRun,
  land: LandStaying | undefined,
): Promise<Loaded> {
  const { target, context } = run
  const { inspection } = planned
  const staying = await landAllStaying(run, planned, land)
  const shares = await planShares(run.coordinator, readersOf(source, jobs), planned, staying)
  const { snapshot: targetSnapshot } = await run.coordinator.queryOne<{ snapshot: string }>(
    'SELECT txid_current_snapshot()::text AS snapshot',
  )
  context.report({ type: 'phase', phase: 'land' })
  announce({ parts: planned.parts, report: context.report })
  const large = shares.flatMap(({ tables }) => tables.filter(({ isLarge }) => isLarge))
  context.report({ type: 'stage-planned', stage: 'index', total: sum(large.map(indexedBytes)) })
  context.report({ type: 'stage-planned', stage: 'check', total: sum(shares.map(countChecks)) })
  const encoding = landingEncoding(source.encoding, inspection.target.server.encoding)
  const sessions = await Promise.all(shares.map(() => target.session()))
  try {
    await abortTogether(
      context.signal,
      shares.map((share, index) => () => begin(sessionAt(sessions, index), share, shares.length)),
    )
    const loaded = await abortTogether(
      context.signal,
      shares.map((share, index) => async (signal: AbortSignal) => {
        const session = sessionAt(sessions, index)
        const { openReader } = source
        const tables = await loadShare(share, {
          session,
          openReader,
          encoding,
          report: context.report,
          signal,
        })
        return { session, tables, xid: await conclude(session, run.id, tables) }
      }),
    )
    return { shares: loaded, targetSnapshot }
  } catch (error) {
    await giveUp(sessions)
    throw error
  }
}

/** Rolls back the open transactions of a load. Never throws. */
export async function giveUp(sessions: readonly Session[]): Promise<void> {
  await Promise.all(
    sessions.map(async (session) => {
      await session
        .withoutAbort()
        .execute('ROLLBACK')
        .catch(() => undefined)
      await session.end()
    }),
  )
}

type Staying = ReadonlyMap<number, LandedStaying>

/** Lands the rows of each table that stay, by object id, before anything is loaded. */
async function landAllStaying(
  { id, coordinator }: OpenRun,
  { inspection }: PlannedRun,
  land: LandStaying | undefined,
): Promise<Staying> {
  const landed = new Map<number, LandedStaying>()
  for (const [index, pair] of inspection.pairs.entries()) {
    if (pair.stays === undefined || land === undefined) continue
    const found = await land(coordinator, inspection, pair, mergeNames(id, index + 1))
    if (found !== undefined) landed.set(pair.target.oid, found)
  }
  return landed
}

async function planShares(
  session: Session,
  jobs: number,
  planned: PlannedRun,
  staying: Staying,
): Promise<LoadShare[]> {
  const { inspection } = planned
  const { target } = inspection
  const { mode } = target
  const keys = ties(inspection)
  const reads = target.functionReads.map(({ writtenOid, readOid }) => [writtenOid, readOid] as const)
  const oids = inspection.pairs.flatMap((pair) => pair.target.partitions.map(({ oid }) => oid))
  const tables = formShares(
    tablesOf(planned, await readIndexCosts(session, oids), await readUnresolved(session, oids), staying),
    [...keys.map(({ childOid, parentOid }) => [childOid, parentOid] as const), ...reads],
    jobs,
  )
  const inside = new Set(oids)
  const shares: LoadShare[] = []
  for (const own of tables) {
    const oids = new Set(own.flatMap((table) => table.oids))
    const isOwn = ({ childOid }: ForeignKey) => oids.has(childOid)
    const tied = keys.filter(isOwn)
    shares.push({
      tables: inLoadOrder(own, reads),
      mode,
      signature: await readSchemaSignature(session, [...own.flatMap((table) => table.oids)]),
      triggers: firingTriggers(target.triggers, mode).filter(({ relationOid }) => oids.has(relationOid)),
      removedKeys: mode === 'owner' ? tied.filter(({ parentOid }) => oids.has(parentOid)) : [],
      checkedKeys: mode === 'owner' ? [] : unprovenForeignKeys(inspection).filter(isOwn),
      deferrable: target.deferrable.filter(({ relationOid }) => oids.has(relationOid)),
      inside,
    })
  }
  // This shows changes of definitions since validation. Later changes are prevented by the lock.
  if (!(await isDefinedAsBefore(session, target)))
    throw new LoadImpossible('the schema of the target was changed meanwhile')
  return shares
}

function tablesOf(
  { inspection, parts, binary }: PlannedRun,
  indexCosts: ReadonlyMap<number, number>,
  unresolved: ReadonlySet<number>,
  staying: Staying,
): LoadTable[] {
  const partsOf = groupByTable(inBinary(parts, binary), ({ table }) => table)
  return inspection.pairs.map((pair) => {
    const own = partsOf.get(pair.source.name) ?? []
    const bytes = sum(own.map(({ estimatedBytes }) => estimatedBytes))
    const rows = sum(own.map(({ estimatedRows }) => estimatedRows))
    const oids = pair.target.partitions.map(({ oid }) => oid)
    // Each row is in one partition.
    const ofIndexes = Math.max(0, ...oids.map((oid) => indexCosts.get(oid) ?? 0))
    return {
      pair,
      parts: own,
      oids,
      cost: bytes + rows * ofIndexes,
      staying: staying.get(pair.target.oid),
      isLarge: bytes >= LARGE_BYTES,
      hasUnresolved: oids.some((oid) => unresolved.has(oid)),
    }
  })
}

/** From PostgreSQL 17 on, CREATE INDEX and ANALYZE set a search path of their own, whatever the session has. */
const FIRST_VERSION_WITH_SAFE_PATHS = 170_000

async function readUnresolved(session: Session, oids: readonly number[]): Promise<ReadonlySet<number>> {
  if (session.serverVersion < FIRST_VERSION_WITH_SAFE_PATHS) return new Set()
  return new Set(await readScriptedPlans(session, oids))
}

async function begin(session: Session, share: LoadShare, sessions: number): Promise<void> {
  await session.execute('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
  // The COMMIT of the run is later in the log, and waits for the disk.
  await session.execute('SET LOCAL synchronous_commit = off')
  const { memory } = await session.queryOne<{ memory: string }>(MEMORY_SQL, [sessions])
  await session.execute(`SET LOCAL maintenance_work_mem = ${literal(memory)}`)
  await session.execute(quickCompressionSql('transaction'))
  await lockShare(session, share)
}

/** The memory for building indexes: the server's own setting, or a fair share of a quarter of its buffers, up to 1 GB. */
const MEMORY_SQL = `SELECT greatest(m.setting::int8, least(1048576, b.setting::int8 * 8 / 4 / $1::int))::text || 'kB' AS memory
FROM pg_settings m, pg_settings b WHERE m.name = 'maintenance_work_mem' AND b.name = 'shared_buffers'`

async function conclude(session: Session, runId: number, tables: readonly LoadedTable[]): Promise<string> {
  await rememberLoads(
    session,
    runId,
    tables.map(({ pair, copied }) => ({ name: pair.target.name, rows: copied.rows })),
  )
  // Indexes that the run itself has created are new.
  await rememberAltered(session, readCatalogChildXids)
  const { xid } = await session.queryOne<{ xid: string }>('SELECT txid_current()::text AS xid')
  return xid
}

function sessionAt(sessions: readonly Session[], index: number): Session {
  const session = sessions[index]
  if (session === undefined) throw new Error('Every share has a session')
  return session
}
