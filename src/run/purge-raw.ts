import type { BackupSettings } from '../config/config.ts'
import { countOf } from '../core/count-of.ts'
import type { Session } from '../postgres/session.ts'
import { dropUndoSets, findRawRuns } from '../state/raw-undo-sets.ts'
import type { Inspection } from '../transfer/inspect/inspection.ts'
import type { Warning } from './run-result.ts'

/** What a purge is asked. */
export interface PurgeOptions {
  /** Where backups of targets are. */
  readonly backups: BackupSettings
}

/** Reports, or removes, what is kept of the rows before they were masked: undo sets, and backups of the target. */
export async function purgeRaw(
  session: Session,
  { pairs }: Inspection,
  targetName: string,
  purge: PurgeOptions | undefined,
): Promise<Warning[]> {
  const masked = pairs.flatMap(({ source, target }) =>
    source.masked === undefined || source.masked.size === 0
      ? []
      : [{ table: target.name, columns: [...source.masked] }],
  )
  const runs = await findRawRuns(session, masked)
  if (purge !== undefined && runs.length > 0) {
    await dropUndoSets(
      session,
      runs.map(({ runId }) => runId),
    )
    const { removeBackups } = await import('./backup.ts')
    await removeBackups(
      targetName,
      purge.backups,
      runs.map(({ runId }) => runId),
    )
    return []
  }
  const kept = runs.filter(({ hasUndo }) => hasUndo)
  if (kept.length === 0) return []
  return [
    {
      message: `Values from before the masks are kept in ${countOf(kept.length, 'undo set')} of the target, and in dumps that were written of it`,
      hint: 'Run with --purge to remove these undo sets and the backups of these runs; other dumps and backups of the server are yours to remove.',
    },
  ]
}
