import type { Profile } from '../config/config.ts'
import { TableSet } from '../core/table-map.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { SkippedTable } from '../transfer/inspect/drift.ts'
import { inspectTarget } from '../transfer/inspect/inspect-target.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import { withLiveSource } from '../transfer/source/live-source.ts'
import { withDatabases } from './databases.ts'
import { fitToTarget } from './fit-to-target.ts'

/** The tables that a run with drift skipped would leave as they are; none if such a run would be refused. */
export async function findSkipped(
  profile: Profile,
  selection: Selection,
  context: JobContext,
): Promise<readonly SkippedTable[]> {
  return withDatabases(profile, context, ({ source: database, target }) =>
    withLiveSource(database, selection, 1, async (source) => {
      const session = await target.session()
      const catalog = await inspectTarget(session, selection)
      const options = { allowBlocking: false }
      const targetName = profile.to.name
      const fitting = { source, session, selection, catalog, targetName, options, skipsDrift: true, context }
      const { skipped } = await fitToTarget(fitting)
      const tables = new TableSet(source.catalog.tables.map(({ name }) => name))
      return skipped.filter(({ table }) => tables.has(table))
    }),
  )
}
