import { countOf } from '../../core/count-of.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { hasCreated } from '../../state/created-objects.ts'
import { dropCreatedObjects } from '../../state/drop-created-objects.ts'
import { readCatalogChildXids } from '../../transfer/target-writes/read-child-xids.ts'

/** The beginning of the warning that says why objects stay. */
export const LEFT = 'Objects that an unsuccessful run had created stay in the target'

/** Drops the objects that an unsuccessful run has created, so that the target is as it was. Never throws: the next run tries again. */
export async function takeBackCreated(
  session: Session,
  { report }: Pick<JobContext, 'report'>,
): Promise<void> {
  try {
    if (!(await hasCreated(session))) return
    const { dropped, left } = await dropCreatedObjects(session, readCatalogChildXids)
    if (left === undefined) {
      const what = countOf(dropped, 'object')
      report({ type: 'info', message: `Dropped the objects that an unsuccessful run had created: ${what}` })
      return
    }
    report({
      type: 'warning',
      message: `${LEFT}: ${left}`,
      hint: 'Another session has used them since. Drop them by hand if they are not needed.',
    })
  } catch (error) {
    report({
      type: 'warning',
      message: `Dropping the objects that an unsuccessful run had created failed: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'The next run drops it.',
    })
  }
}
