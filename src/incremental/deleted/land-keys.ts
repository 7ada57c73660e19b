import { groupBy } from '../../core/group-by.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import type { Copied } from '../../transfer/land/copied.ts'
import { landInto } from '../../transfer/land/land-into.ts'
import { landingColumns } from '../../transfer/land/landing-columns.ts'
import type { LandingPlace } from '../../transfer/land/landing-writer.ts'
import { prepareForCompare } from '../../transfer/merge/compare.ts'
import { sameKeySql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import type { LivePart } from '../../transfer/source/plan-parts.ts'
import { changedElsewhere } from '../../transfer/source/watermark.ts'
import { type IncrementalTable, isNewSql, type LandedChanges, needsAllKeys } from '../landed-changes.ts'
import { keysInRangesSql } from './key-ranges.ts'
import type { KeyScope } from './narrow-to-ranges.ts'

/**
 * Under a condition, further rows may have to land. So their keys land with their ctids in the source, and with the `xmin` that shows whether
 * they have changed.
 */
const POSITION = [
  { inSource: 'tableoid', takes: 'mbsync_tableoid', definition: 'mbsync_tableoid oid' },
  { inSource: 'ctid', takes: 'mbsync_ctid', definition: 'mbsync_ctid tid' },
  { inSource: 'xmin', takes: 'mbsync_xmin', definition: 'mbsync_xmin xid' },
]

/**
 * Lands the keys that the source has in each scope, by COPY, as rows do. Keys are few bytes, and the progress of landing has ended, so
 * nothing is reported.
 * @returns how many landed
 */
export async function landKeys(
  { coordinator, target, source, inspection, jobs, signal }: LandedChanges,
  changes: LiveChanges,
  scopes: readonly KeyScope[],
): Promise<ReadonlyTableMap<Copied>> {
  const wanted = scopes.map((scope) => wantedKeys(changes, scope))
  for (const { create } of wanted) await coordinator.define(create)
  const parts = wanted.flatMap((keys) => keys.parts)
  const places = new TableMap(wanted.map(({ place }) => place))
  const copying = { parts, jobs, report: () => undefined, signal }
  const copied = await landInto(places, inspection, target, source, copying)
  await inParallel(target, jobs, scopes, async (session, { table }) => {
    await session.execute(`ANALYZE ${relation(table.names.keys)}`)
  })
  return copied
}

interface WantedKeys {
  readonly create: string
  readonly parts: readonly LivePart[]
  readonly place: readonly [TableName, LandingPlace]
}

function wantedKeys(changes: LiveChanges, { table, ranges }: KeyScope): WantedKeys {
  const { pair, keyColumns, names } = table
  const { name } = pair.source
  const position = needsAllKeys(table, changes) ? POSITION : []
  const landing = landingColumns(pair)
  const own = keyColumns.flatMap((column) => landing.filter((lands) => lands.name === column.name))
  const columns = [...keyColumns.map((column) => column.name), ...position.map(({ inSource }) => inSource)]
  const definitions = [
    ...own.flatMap((column) => column.definitions),
    ...position.map(({ definition }) => definition),
  ]
  const takes = [...own, ...position].map((column) => column.takes)
  const parts = changes.partsOf(name)
  const inRanges = (part: LivePart): LivePart =>
    ranges === undefined
      ? part
      : {
          ...part,
          pages: undefined,
          from: keysInRangesSql(ranges, `ONLY ${relation(part.partition.name)}`, identifier(name.name)),
        }
  return {
    create: `CREATE UNLOGGED TABLE ${relation(names.keys)} (${definitions.join(', ')}) WITH (autovacuum_enabled = false)`,
    parts: (ranges === undefined ? parts : onePerPartition(parts)).map((part) => ({
      ...inRanges(part),
      columns,
      // Without a query, COPY cannot return ctids.
      ...(position.length === 0 ? {} : { filter: 'true' }),
    })),
    place: [name, { landing: names.keys, columns: takes }],
  }
}

/** The first part of each partition. */
export function onePerPartition(parts: readonly LivePart[]): LivePart[] {
  return [...groupBy(parts, ({ partition }) => partition.oid).values()].flatMap(([first]) => first ?? [])
}

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
  const isChanged = since === undefined ? 'false' : changedElsewhere('l.mbsync_xmin', since)
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
  FROM ${keys} AS l WHERE (${isNewSql(table)} OR ${isChanged}) AND NOT ${hasLanded}) AS arrived
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
