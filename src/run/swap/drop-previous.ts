import type { Database } from '../../postgres/database.ts'
import { identifier } from '../../postgres/identifiers.ts'
import { type DatabaseName, readSwaps } from '../../state/swaps.ts'
import type { Warning } from '../run-result.ts'
import { dropDatabase } from './drop-database.ts'

/** Drops the databases that runs have replaced, except the last `keep`. A failure is a warning, and a later run tries again. */
export async function dropPrevious(
  target: Database,
  maintenance: Database,
  keep: number,
): Promise<{ readonly warnings: readonly Warning[]; readonly kept: readonly string[] }> {
  const warnings: Warning[] = []
  let previous: DatabaseName[] = []
  try {
    const swaps = await target.withClosingSession(readSwaps)
    previous = swaps.flatMap(({ status, replaced }) =>
      status === 'succeeded' && replaced !== undefined ? [replaced] : [],
    )
    for (const database of previous.slice(keep))
      await maintenance.withClosingSession((session) => dropDatabase(session, database))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const names = previous.slice(keep).map(({ name }) => `DROP DATABASE ${identifier(name)}`)
    warnings.push({
      message: `Previous databases could not be dropped: ${reason}`,
      hint: `Drop them by hand, or leave it to the next swap${names.length === 0 ? '' : `: ${names.join('; ')}`}.`,
    })
  }
  return { warnings, kept: previous.slice(0, keep).map(({ name }) => name) }
}
