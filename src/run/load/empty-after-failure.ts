import { displayName } from '../../core/table-name.ts'
import type { Database } from '../../postgres/database.ts'
import { readLoads } from '../../state/loads.ts'
import { passNumbers } from '../../transfer/merge/pass-numbers.ts'
import type { OpenRun } from '../with-run.ts'
import { emptyUnfinishedLoad, readLoaded } from './empty-unfinished-load.ts'

/**
 * Empties what a run has committed before it failed. What fails here is done by the next run; until then, the tables keep their rows. Never throws.
 * @returns how the tables are left, as a sentence
 */
export async function emptyAfterFailure({ id, target, context }: OpenRun): Promise<string> {
  try {
    const kept = await target.withClosingSession((session) => emptyUnfinishedLoad(session, id, context))
    return kept.length === 0
      ? 'The tables are emptied again.'
      : `The tables are emptied again, except those that other sessions have written to since: check ${kept.map(({ name }) => displayName(name)).join(', ')}.`
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.report({
      type: 'warning',
      message: `Run ${id} has loaded tables and did not finish; emptying them failed: ${reason}`,
      hint: 'The next run empties them before it begins. Until then, applications see the rows.',
    })
    await passLoadedNumbers(target, id)
    return 'The tables hold the rows that were loaded: the next run empties them.'
  }
}

/** So that applications can insert rows beside those that stay. */
async function passLoadedNumbers(target: Database, id: number): Promise<void> {
  await target
    .withClosingSession((session) =>
      session.transaction('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', async () =>
        passNumbers(session, await readLoaded(session, await readLoads(session, id))),
      ),
    )
    .catch(() => undefined)
}
