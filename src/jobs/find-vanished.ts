import type { RunRules } from '../config/config.ts'
import { groupBy } from '../core/group-by.ts'
import { nameKey } from '../core/table-name.ts'
import type { Key } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/copy-parts.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { createKeyTable } from '../transfer/landing-tables.ts'
import type { LandingPlace } from '../transfer/landing-writer.ts'
import { type MergeNames, type Unchanged, usableKey } from '../transfer/merge/merge-table.ts'
import { keysNotInSql, sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import { mostRowsOf } from '../transfer/plan-parts.ts'
import type { ChangeSource, KeyRequest, Part, RowSource } from '../transfer/row-source.ts'
import { BucketSums, SUM_SETTINGS } from '../transfer/verify/bucket-sums.ts'
import { bucketsFor, type Hashing, isInBuckets, keySumsSql, keyText } from '../transfer/verify/row-hashes.ts'
import type { TableRead } from './choose-reads.ts'
import { landInto } from './land-into.ts'
import type { PlannedRun } from './make-plan.ts'
import type { Watch } from './watch.ts'

/** A run whose tables have landed: of the incremental ones, the rows that have changed. */
export interface LandedTables<P extends Part> {
  readonly rules: RunRules
  readonly watch: Watch
  readonly target: Database
  readonly coordinator: Session
  readonly source: RowSource<P>
  readonly planned: PlannedRun<P>
  /** By {@link nameKey} of the table. */
  readonly names: ReadonlyMap<string, MergeNames>
  /** By {@link nameKey} of the table. */
  readonly landed: ReadonlyMap<string, Copied>
}

/** A table whose changed rows have landed. */
interface Incremental<P extends Part> {
  readonly pair: TablePair
  readonly key: Key
  readonly names: MergeNames
  readonly since: Extract<TableRead, { readonly kind: 'incremental' }>['since']
  readonly request: KeyRequest<P>
}

/**
 * Finds what changed rows do not tell: which rows have gone. The keys of the unchanged rows are summed up bucket by bucket on both sides,
 * and only those of buckets that differ are fetched.
 * @returns what a merge needs to know of the rows that did not land, by {@link nameKey} of the table
 */
export async function findVanished<P extends Part>(run: LandedTables<P>): Promise<Map<string, Unchanged>> {
  const { changes } = run.source
  const tables = incrementalTables(run)
  if (changes === undefined || tables.length === 0) return new Map()
  const [there, here] = await sumBoth(run, changes, tables, true)
  const differing = await findBuckets(run, changes, tables, there, here)
  await landKeys(run, changes, tables, differing)
  return new Map(
    tables.map(({ pair, names: own, since, request: { hashing } }, index) => {
      const name = nameKey(pair.source.name)
      const buckets = differing[index] ?? []
      const keyColumns = hashing.keyColumns ?? []
      return [
        name,
        {
          sourceRows: (there[index]?.rows ?? 0) + (run.landed.get(name) ?? NOTHING_COPIED).rows,
          left: {
            mergeSnapshot: since.mergeSnapshot,
            rows: since.rowsAfter,
            fingerprint: since.rowsFingerprint,
          },
          vanished:
            buckets.length === 0
              ? undefined
              : { keys: own.keys, condition: isInBuckets(keyText('t', keyColumns), hashing, buckets) },
        },
      ]
    }),
  )
}

function incrementalTables<P extends Part>({ planned, names }: LandedTables<P>): Incremental<P>[] {
  const { pairs, source, target } = planned.inspection
  const isConverted = source.server.encoding !== target.server.encoding
  const parts = groupBy(planned.parts, ({ table }) => nameKey(table))
  return pairs.flatMap((pair) => {
    const name = nameKey(pair.source.name)
    const [read, own] = [planned.reads.get(name), names.get(name)]
    const key = usableKey(pair.target, copiedColumns(pair))
    if (read?.kind !== 'incremental' || own === undefined || key === undefined) return []
    const { since } = read
    const columns = key.columns.map((column) => column.name)
    const buckets = bucketsFor(mostRowsOf(pair.target.members))
    const hashing: Hashing = { columns, keyColumns: columns, buckets, samplePercent: 100, isConverted }
    return [{ pair, key, names: own, since, request: { parts: parts.get(name) ?? [], since, hashing } }]
  })
}

/** Looks into the buckets of those tables alone whose sums differ as a whole: in most nights, few rows go. */
async function findBuckets<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
  there: readonly BucketSums[],
  here: readonly BucketSums[],
): Promise<number[][]> {
  const affected = tables.filter((_, index) => bucketsOf(there[index], here[index]).length > 0)
  if (affected.length === 0) return []
  const [theirs, ours] = await sumBoth(run, changes, affected, false)
  return tables.map((table) => {
    const index = affected.indexOf(table)
    return index === -1 ? [] : bucketsOf(theirs[index], ours[index])
  })
}

/** The keys of the rows that have not changed: in the source, and in the target those that did not land. */
function sumBoth<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
  isTotal: boolean,
): Promise<[BucketSums[], BucketSums[]]> {
  const requests = tables.map(({ request }) => request)
  return Promise.all([changes.sumUnchanged(requests, isTotal), sumTarget(run, tables, isTotal)])
}

async function sumTarget<P extends Part>(
  { target, rules }: LandedTables<P>,
  tables: readonly Incremental<P>[],
  isTotal: boolean,
): Promise<BucketSums[]> {
  const sums = tables.map(() => new BucketSums())
  const items = tables.map((table, index) => ({ table, sum: sums[index] }))
  await inParallel(
    target,
    rules.jobs,
    items,
    async (session) => void (await session.execute(SUM_SETTINGS)),
    async (session, { table: { pair, key, names, request }, sum }) => {
      const keys = keysNotInSql(pair.target, key, names.landing)
      await sum?.add(session, keySumsSql(keys, request.hashing, isTotal))
    },
  )
  return sums
}

function bucketsOf(there: BucketSums | undefined, here: BucketSums | undefined): number[] {
  return there === undefined || here === undefined ? [] : there.differences(here).map(({ bucket }) => bucket)
}

/**
 * Lands the keys of the unchanged rows in the buckets that differ. Where the target lacks one of them, a row has come into the
 * condition of its table without being changed: then the rows of these buckets land whole.
 */
async function landKeys<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
  differing: readonly (readonly number[])[],
): Promise<void> {
  const { coordinator } = run
  const affected = tables.flatMap((table, index) => {
    const buckets = differing[index] ?? []
    return buckets.length === 0 ? [] : [{ ...table, buckets }]
  })
  for (const { pair, names } of affected) await createKeyTable(coordinator, pair, names)
  await land(
    run,
    affected.flatMap(({ request, buckets }) => changes.keysIn(request, buckets)),
    placesOf(affected, ({ names, request }) => ({ landing: names.keys, columns: request.hashing.columns })),
  )
  const lacking = []
  for (const table of affected) if (await lacksKeys(coordinator, table)) lacking.push(table)
  await land(
    run,
    lacking.flatMap(({ request, buckets }) => changes.rowsIn(request, buckets)),
    placesOf(lacking, ({ names, pair }) => ({
      landing: names.landing,
      columns: copiedColumns(pair).map((column) => column.name),
    })),
  )
}

/** These are few, and the progress of landing has ended: nothing is reported. */
async function land<P extends Part>(
  { rules, watch, target, source, planned }: LandedTables<P>,
  parts: readonly P[],
  places: ReadonlyMap<string, LandingPlace>,
): Promise<void> {
  await landInto(places, planned.inspection, target, source, {
    parts,
    jobs: rules.jobs,
    report: () => undefined,
    signal: watch.signal,
  })
}

function placesOf<P extends Part>(
  tables: readonly Incremental<P>[],
  placeOf: (table: Incremental<P>) => LandingPlace,
): Map<string, LandingPlace> {
  return new Map(tables.map((table) => [nameKey(table.pair.source.name), placeOf(table)]))
}

async function lacksKeys<P extends Part>(
  session: Session,
  { pair, key, names }: Incremental<P>,
): Promise<boolean> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${relation(names.keys)} AS l
     WHERE NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`,
  )
  return n > 0
}
