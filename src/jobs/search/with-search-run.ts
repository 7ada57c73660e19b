import type { Profile } from '../../config/config.ts'
import { VERSION } from '../../core/version.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withTarget } from '../../run/databases.ts'
import { refuseProtectedTarget } from '../../run/refuse-unsafe-target.ts'
import { type OpenRun, withRun } from '../../run/with-run.ts'

/** Opens a run on the profile's target that is for search indexes alone: its state is all that is written there. */
export async function withSearchRun<T extends object>(
  profile: Profile,
  context: JobContext,
  work: (run: OpenRun) => Promise<T>,
): Promise<T> {
  return withTarget(profile, context, async (target) => {
    const guard = await target.session()
    await refuseProtectedTarget(profile, guard)
    await guard.end()
    const openWith = async () => ({ profile: profile.name, mode: 'search' as const, version: VERSION })
    return withRun(target, context, { openWith }, work)
  })
}
