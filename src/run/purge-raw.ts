import type { BackupSettings } from '../config/config.ts'
import { countOf } from '../core/count-of.ts'
import { removeDump } from '../dump/find-dumps.ts'
import type { Session } from '../postgres/session.ts'
import { dropUndoSets, findRawRuns } from '../state/raw-undo-sets.ts'
import type { Inspection } from '../transfer/inspect/inspection.ts'
import { findBackups } from './backup.ts'
import type { Warning } from './run-result.ts'

/** Reports or removes raw values that were kept before the masks were set: undo sets, and backups of the target. */
export async function purgeRaw(
  session: Session,
  { pairs }: Inspection,
  targetName: string,
  isPurging: boolean,
  backups: BackupSettings | undefined,
): Promise<Warning[]> {
  const masked = pairs.flatMap(({ source, target }) =>
    source.masked === undefined || source.masked.size === 0
      ? []
      : [{ table: target.name, columns: [...source.masked] }],
  )
  const runs = await findRawRuns(session, masked)
  const sets = runs.filter(({ hasUndo }) => hasUndo).length
  const runIds = runs.map(({ runId }) => runId)
  const dumps = backups === undefined ? [] : await findBackups(targetName, backups, runIds)
  if (isPurging) {
    await dropUndoSets(session, runIds)
    for (const path of dumps) await removeDump(path)
    return []
  }
  if (sets === 0 && dumps.length === 0) return []
  const kept = [
    ...(sets === 0 ? [] : [`${countOf(sets, 'undo set')} of the target`]),
    dumps.length === 0 ? 'dumps that were written of it' : `${countOf(dumps.length, 'backup')} of the target`,
  ]
  return [
    {
      message: `Values from before the masks are kept in ${kept.join(', and in ')}`,
      hint: 'Run with --purge to remove these undo sets and the backups of these runs; remove other dumps and backups of the server yourself.',
    },
  ]
}
