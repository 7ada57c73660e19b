import { groupBy } from '../../core/group-by.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Copied } from '../../transfer/land/copied.ts'
import { landInto } from '../../transfer/land/land-into.ts'
import { landingColumns } from '../../transfer/land/landing-columns.ts'
import type { LandingPlace } from '../../transfer/land/landing-writer.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import type { LivePart } from '../../transfer/source/plan-parts.ts'
import type { LandedChanges } from '../landed-changes.ts'
import { needsAllKeys } from './find-incomplete.ts'
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
