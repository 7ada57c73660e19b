import { relation } from '../postgres/identifiers.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import { createKeyTable } from '../transfer/landing-tables.ts'
import type { Part } from '../transfer/row-source.ts'
import type { Incremental, LandedTables } from './incremental-tables.ts'

/** Creates the tables for keys, which `fill` fills, and lets the planner know how many there are. */
export async function fillKeyTables<P extends Part>(
  { coordinator, target, rules }: LandedTables<P>,
  tables: readonly Incremental<P>[],
  fill: () => Promise<void>,
): Promise<void> {
  for (const { pair, names } of tables) await createKeyTable(coordinator, pair, names)
  await fill()
  await inParallel(target, rules.jobs, tables, async (session, { names }) => {
    await session.execute(`ANALYZE ${relation(names.keys)}`)
  })
}
