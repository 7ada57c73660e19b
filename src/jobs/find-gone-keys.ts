import { relation } from '../postgres/identifiers.ts'
import { addGoneKeys } from '../transfer/gone-keys.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import { batchesOf, differingRanges, type FilledRanges } from '../transfer/key-ranges.ts'
import { createKeyTable } from '../transfer/landing-tables.ts'
import { tableSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import type { ComparedRanges } from './count-ranges.ts'
import type { LandedTables } from './incremental-tables.ts'

/** They pass through this process together: of a uuid about 2 MB, for each job. */
const KEYS_OF_A_BATCH = 32_768
/** A single range may have more, up to so many. */
const MOST_KEYS_OF_A_RANGE = 131_072

/** Whether no range in which a table differs holds more keys than can be moved at once. */
export function canMoveKeys<P extends Part>(compared: ComparedRanges<P>): boolean {
  return differencesOf(compared).rows.every((rows) => rows <= MOST_KEYS_OF_A_RANGE)
}

function differencesOf<P extends Part>({ ranges, there, here }: ComparedRanges<P>): FilledRanges {
  return differingRanges(ranges, there, here, KEYS_OF_A_BATCH)
}

/**
 * Lists the keys of the rows that have gone, some of them twice. Of the ranges in which a table differs, all keys of the source are brought to the target, as arrays:
 * what the target has beyond them has gone.
 */
export async function findGoneKeys<P extends Part>(
  { coordinator, target, rules }: LandedTables<P>,
  changes: ChangeSource<P>,
  compared: readonly ComparedRanges<P>[],
): Promise<void> {
  for (const { table } of compared) await createKeyTable(coordinator, table.pair, table.names)
  const batches = compared.flatMap((each) =>
    batchesOf(differencesOf(each), KEYS_OF_A_BATCH).map((batch) => ({ table: each.table, batch })),
  )
  await inParallel(target, rules.jobs, batches, async (session, { table, batch }) => {
    const { pair, key, names, request } = table
    const present = await changes.keysInRanges({ parts: request.parts, ranges: batch })
    await addGoneKeys(session, names.keys, tableSql(pair.target), key, batch, present)
  })
  await inParallel(target, rules.jobs, compared, async (session, { table: { names } }) => {
    await session.execute(`ANALYZE ${relation(names.keys)}`)
  })
}
