import { addGoneKeys } from '../transfer/gone-keys.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import { batchesOf, differingRanges } from '../transfer/key-ranges.ts'
import { tableSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import type { ComparedRanges } from './count-ranges.ts'
import { fillKeyTables } from './fill-key-tables.ts'
import type { Incremental, LandedTables } from './incremental-tables.ts'

/** They pass through this process together: of a uuid about 2 MB, for each job. */
const KEYS_OF_A_BATCH = 32_768
/** A single range may have more, up to so many. */
const MOST_KEYS_OF_A_RANGE = 131_072

/**
 * Lists the keys of the rows that have gone, some of them twice. Of the ranges in which a table differs, all keys of the source are brought to the target, as arrays:
 * what the target has beyond them has gone.
 * @returns the tables of which it has; not those with a range that holds too many keys to be moved at once
 */
export async function findGoneKeys<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  compared: readonly ComparedRanges<P>[],
): Promise<ReadonlySet<Incremental<P>>> {
  const movable = compared
    .map(({ table, ranges, there, here }) => ({ table, differing: differingRanges(ranges, there, here) }))
    .filter(({ differing }) => differing.rows.every((rows) => rows <= MOST_KEYS_OF_A_RANGE))
  const tables = movable.map(({ table }) => table)
  const batches = movable.flatMap(({ table, differing }) =>
    batchesOf(differing, KEYS_OF_A_BATCH).map((batch) => ({ table, batch })),
  )
  await fillKeyTables(run, tables, () =>
    inParallel(run.target, run.rules.jobs, batches, async (session, { table, batch }) => {
      const { pair, key, names, request } = table
      const present = await changes.keysInRanges({ parts: request.parts, ranges: batch })
      await addGoneKeys(session, names.keys, tableSql(pair.target), key, batch, present)
    }),
  )
  return new Set(tables)
}
