import type { Session } from '../../postgres/session.ts'
import { forgetSettings } from '../../postgres/settings-of-session.ts'
import { rememberAfter } from '../../state/after.ts'
import { type FinishProblem, finish } from '../../transfer/merge/finish.ts'
import type { OpenRun } from '../with-run.ts'
import type { AfterScript } from './read-scripts.ts'
import { readWritten } from './read-written.ts'
import { runAfter } from './run-after.ts'
import { withParents } from './with-parents.ts'

/**
 * Runs scripts in a database that will replace the target, each in its own transaction, and records there what they have changed.
 * @returns failures of the steps that follow: statistics, materialized views
 */
export async function finishNext(
  session: Session,
  { id, context }: Pick<OpenRun, 'id' | 'context'>,
  scripts: readonly AfterScript[],
): Promise<FinishProblem[]> {
  const changed = new Set<number>()
  const files: string[] = []
  const xids: string[] = []
  for (const script of scripts) {
    context.signal.throwIfAborted()
    await session.transaction('BEGIN', async () => {
      const { written, record } = await runAfter(session, id, [script], new Set(), context)
      files.push(script.file)
      xids.push(...record.xids)
      const tables = await withParents(session, [...written.keys()])
      await rememberAfter(session, id, { ...record, files, xids }, [...tables.values()])
      for (const oid of tables.keys()) changed.add(oid)
    })
  }
  if (scripts.length > 0) await forgetSettings(session)
  const tables = await readWritten(session, [...changed])
  return tables.length === 0 ? [] : finish(session, context.report, tables)
}
