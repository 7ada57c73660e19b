import { coded, type Finding } from '../../core/finding.ts'
import type { Session } from '../../postgres/session.ts'
import { listRuns } from '../../state/list-runs.ts'
import { stateOf } from '../../state/migrate.ts'
import { readRunWarnings } from '../../state/run-timelines.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'
import type { CreationScope } from './decide-scope.ts'
import { LEFT } from './take-back-created.ts'

const RUNS_LOOKED_AT = 20

/** Finds out whether a target counts as not empty only because of objects that a run without success created and could not drop. */
export async function judgeLeft(
  session: Session,
  scope: CreationScope | undefined,
  targetName: string,
): Promise<Finding[]> {
  if (scope !== 'missing tables' || (await stateOf(session)) !== 'current') return []
  const runs = await listRuns(session, { profile: undefined, limit: RUNS_LOOKED_AT })
  const succeeded = runs.findIndex(({ status }) => status === 'succeeded')
  const ids = runs.slice(0, succeeded < 0 ? undefined : succeeded).map(({ id }) => id)
  const warnings = await readRunWarnings(session, ids)
  for (const id of ids) {
    const left = warnings.get(id)?.find(({ message }) => message.startsWith(LEFT))
    if (left === undefined) continue
    const reason = left.message.slice(LEFT.length)
    return coded('schema', [
      noteFinding(
        targetName,
        `is not empty, as objects stay that run ${id} had created without success${reason}`,
        'This run creates only the tables that are missing, with what these need. Drop those objects by hand to create the whole schema.',
      ),
    ])
  }
  return []
}
