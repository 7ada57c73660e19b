import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import { type DatabaseName, readSwaps } from '../../state/swaps.ts'
import type { Warning } from '../run-result.ts'
import { dropEach } from './drop-database.ts'

/** Drops the databases that runs have replaced, except the last `keep`. A failure is a warning, and a later swap tries again. */
export async function dropPrevious(
  target: Database,
  maintenance: Database,
  keep: number,
): Promise<{ readonly warnings: readonly Warning[]; readonly kept: readonly string[] }> {
  try {
    const previous = await target.withClosingSession(listPrevious)
    const problems = await dropEach(maintenance, previous.slice(keep))
    return {
      warnings:
        problems.length === 0
          ? []
          : [notDropped(problems.map(({ reason }) => reason).join('; '), problems[0]?.hint)],
      kept: previous.slice(0, keep).map(({ name }) => name),
    }
  } catch (error) {
    return { warnings: [notDropped(error instanceof Error ? error.message : String(error))], kept: [] }
  }
}

async function listPrevious(session: Session): Promise<DatabaseName[]> {
  return (await readSwaps(session)).flatMap(({ status, replaced }) =>
    status === 'succeeded' && replaced !== undefined ? [replaced] : [],
  )
}

function notDropped(reason: string, hint = ''): Warning {
  return {
    message: `Previous databases could not be dropped: ${reason}`,
    hint: `${hint} Drop them by hand, or leave it to the next swap.`.trim(),
  }
}
