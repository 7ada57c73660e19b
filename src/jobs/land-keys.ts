import { nameKey } from '../core/table-name.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { landingColumns } from '../transfer/landing-columns.ts'
import { keyPlaces } from '../transfer/landing-tables.ts'
import type { LandingPlace } from '../transfer/landing-writer.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { fillKeyTables } from './fill-key-tables.ts'
import type { Incremental, LandedTables } from './incremental-tables.ts'
import { landInto } from './land-into.ts'

/** A table that has lost rows, or into which unchanged ones have come, and the buckets in which it has. */
export interface LossyBuckets<P extends Part> {
  readonly table: Incremental<P>
  readonly buckets: readonly number[]
}

/**
 * Lands the keys of the unchanged rows in the buckets. Where the target lacks one of them, a row has come to meet the
 * condition of its table without being changed: then the rows of the buckets land whole.
 */
export async function landKeys<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  lossy: readonly LossyBuckets<P>[],
): Promise<void> {
  const tables = lossy.map(({ table }) => table)
  await fillKeyTables(run, tables, () =>
    land(
      run,
      lossy.flatMap(({ table, buckets }) => changes.keysInBuckets(table.request, buckets)),
      placesOf(lossy, ({ names, pair }) => keyPlaces(pair, names)),
    ),
  )
  const lacking = []
  for (const each of lossy.filter(({ table }) => changes.hasCondition(table.pair.source.name)))
    if (await lacksKeys(run.coordinator, each.table)) lacking.push(each)
  await land(
    run,
    lacking.flatMap(({ table, buckets }) => changes.rowsInBuckets(table.request, buckets)),
    placesOf(lacking, ({ names, pair }) => ({
      landing: names.landing,
      columns: landingColumns(pair).map(({ takes }) => takes),
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
  lossy: readonly LossyBuckets<P>[],
  placeOf: (table: Incremental<P>) => LandingPlace,
): Map<string, LandingPlace> {
  return new Map(lossy.map(({ table }) => [nameKey(table.pair.source.name), placeOf(table)]))
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
