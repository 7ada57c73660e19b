import { TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { landInto } from '../../transfer/land/land-into.ts'
import { landingColumns } from '../../transfer/land/landing-columns.ts'
import { prepareForCompare } from '../../transfer/merge/compare.ts'
import { sameKeySql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import type { LivePart } from '../../transfer/source/plan-parts.ts'
import { changedElsewhere } from '../../transfer/source/watermark.ts'
import type { IncrementalTable, LandedChanges } from '../landed-changes.ts'
import { isNewSql, needsAllKeys } from './find-incomplete.ts'
import { onePerPartition } from './land-keys.ts'
import type { KeyScope } from './narrow-to-ranges.ts'

/** The number of rows that one query of the source reads. */
const ROWS_OF_A_PART = 10_000
/** Each takes about 140 kB in this process. */
const PARTS_AT_ONCE = 32

/**
 * Lands rows that meet the condition of their table now, and whose keys the landing table lacks: rows that have not changed and that the target
 * lacks, and changed ones that did not meet the condition when they were looked for. They are read from the source by ctid, which stays true
 * for its snapshot. Changed rows that no longer meet it leave the landing table.
 * @returns the tables for which such rows landed
 */
export async function landArrived(
  run: LandedChanges,
  changes: LiveChanges,
  scopes: readonly KeyScope[],
): Promise<ReadonlySet<IncrementalTable>> {
  const conditional = scopes.flatMap(({ table }) => (needsAllKeys(table, changes) ? [table] : []))
  await inParallel(run.target, run.jobs, conditional, listArrived)
  const found = new Set<IncrementalTable>()
  for (const table of conditional)
    for (let from = 1, isDone = false; !isDone; from += PARTS_AT_ONCE) {
      const parts = await partsFrom(run.coordinator, changes, table, from)
      if (parts.length > 0) {
        found.add(table)
        await land(run, table, parts)
      }
      isDone = parts.length < PARTS_AT_ONCE
    }
  return found
}

function arrivedName({ names: { keys } }: IncrementalTable): TableName {
  return { ...keys, name: `${keys.name}_arrived` }
}

async function listArrived(session: Session, table: IncrementalTable): Promise<void> {
  const { key, names, since } = table
  const [keys, landing] = [relation(names.keys), relation(names.landing)]
  const hasLanded = `EXISTS (SELECT FROM ${landing} AS n WHERE ${sameKeySql(key, 'l', 'n')})`
  await session.transaction('BEGIN', async () => {
    await prepareForCompare(session)
    await session.execute(
      `DELETE FROM ${landing} AS n WHERE NOT EXISTS (SELECT FROM ${keys} AS l WHERE ${sameKeySql(key, 'l', 'n')})`,
    )
    await session.defineFrom(`
CREATE UNLOGGED TABLE ${relation(arrivedName(table))} WITH (autovacuum_enabled = false) AS
SELECT row_number() OVER () AS number, partition, array_agg(ctid)::text AS ctids
FROM (SELECT mbsync_tableoid AS partition, mbsync_ctid AS ctid,
    row_number() OVER (PARTITION BY mbsync_tableoid ORDER BY mbsync_ctid) AS n
  FROM ${keys} AS l WHERE (${isNewSql(table)} OR ${changedElsewhere('l.mbsync_xmin', since)}) AND NOT ${hasLanded}) AS arrived
GROUP BY partition, n / ${ROWS_OF_A_PART}`)
  })
}

async function partsFrom(
  session: Session,
  changes: LiveChanges,
  table: IncrementalTable,
  from: number,
): Promise<LivePart[]> {
  const { name } = table.pair.source
  const partitions = onePerPartition(changes.partsOf(name))
  const listed = await session.query<{ partition: number; ctids: string }>(
    `SELECT partition, ctids FROM ${relation(arrivedName(table))} WHERE number >= $1 AND number < $2`,
    [from, from + PARTS_AT_ONCE],
  )
  return listed.flatMap(({ partition, ctids }) =>
    partitions
      .filter((part) => part.partition.oid === partition)
      .map((part) => ({
        ...part,
        pages: undefined,
        where: undefined,
        filter: `${identifier(name.name)}.ctid = ANY (${literal(ctids)}::tid[])`,
      })),
  )
}

/** Reports no progress, because the progress of landing has ended. */
async function land(
  { inspection, target, source, jobs, signal }: LandedChanges,
  { pair, names }: IncrementalTable,
  parts: readonly LivePart[],
): Promise<void> {
  const columns = landingColumns(pair).map(({ takes }) => takes)
  const places = new TableMap([[pair.source.name, { landing: names.landing, columns }]])
  await landInto(places, inspection, target, source, { parts, jobs, report: () => undefined, signal })
}
