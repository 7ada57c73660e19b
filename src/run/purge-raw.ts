import type { BackupSettings } from '../config/config.ts'
import { countOf } from '../core/count-of.ts'
import { TableMap } from '../core/table-map.ts'
import { displayName } from '../core/table-name.ts'
import { removeDump } from '../dump/find-dumps.ts'
import type { Table } from '../postgres/catalog/table.ts'
import { identifier } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { withUserPath } from '../postgres/user-path.ts'
import { dropUndoSets, findRawRuns, readRawXids } from '../state/raw-undo-sets.ts'
import type { Inspection } from '../transfer/inspect/inspection.ts'
import { tableSql } from '../transfer/merge/row-sql.ts'
import { findBackups } from './backup.ts'
import type { LandedRun } from './land-parts.ts'
import type { MergeOutcome } from './merge-landed.ts'
import { maskedColumnsOf } from './run-records.ts'
import type { Warning } from './run-result.ts'

/** Reports or removes raw values that were kept before the masks were set: undo sets, and backups of the target. */
export async function purgeRaw(
  session: Session,
  { inspection, outcomes }: Pick<LandedRun, 'inspection'> & Pick<MergeOutcome, 'outcomes'>,
  targetName: string,
  isPurging: boolean,
  backups: BackupSettings | undefined,
): Promise<Warning[]> {
  const masked = inspection.pairs.flatMap(({ source, target }) =>
    source.masked === undefined || source.masked.size === 0
      ? []
      : [{ table: target.name, ...maskedColumnsOf(source) }],
  )
  const runs = await findRawRuns(session, masked)
  const sets = runs.filter(({ hasUndo }) => hasUndo).length
  const runIds = runs.map(({ runId }) => runId)
  const dumps = backups === undefined ? [] : await findBackups(targetName, backups, runIds)
  const staying = await findRawStaying(session, inspection, outcomes)
  if (isPurging) {
    await dropUndoSets(session, runIds)
    for (const path of dumps) await removeDump(path)
    return staying
  }
  if (sets === 0 && dumps.length === 0) return staying
  const kept = [
    ...(sets === 0 ? [] : [`${countOf(sets, 'undo set')} of the target`]),
    dumps.length === 0 ? 'dumps that were written of it' : `${countOf(dumps.length, 'backup')} of the target`,
  ]
  return [
    ...staying,
    {
      message: `Values from before the masks are kept in ${kept.join(', and in ')}`,
      hint: 'Run with --purge to remove these undo sets and the backups of these runs; remove other dumps and backups of the server yourself.',
    },
  ]
}

/** Rows that stay are not masked again: one that was brought before the masks is as it was. */
async function findRawStaying(
  session: Session,
  { pairs }: Inspection,
  outcomes: MergeOutcome['outcomes'],
): Promise<Warning[]> {
  const keptIn = new TableMap(outcomes.map(({ table, kept = 0 }) => [table, kept]))
  const warnings: Warning[] = []
  for (const { source, target, stays } of pairs) {
    const kept = stays?.isWhole === true ? Number.POSITIVE_INFINITY : (keptIn.get(target.name) ?? 0)
    if (kept === 0 || source.masked === undefined || source.masked.size === 0) continue
    const xids = await readRawXids(session, { table: target.name, ...maskedColumnsOf(source) })
    if (xids.length === 0) continue
    // A row that the source has may stand as it was, too, where another mask gives it the same value.
    const rows = Math.min(kept, await countWritten(session, target, [...source.masked], xids))
    if (rows === 0) continue
    warnings.push({
      message: `${displayName(target.name)} keeps up to ${countOf(rows, 'row')} as a run has brought them before the masks, or before these changed`,
      hint: 'Delete these rows in the target, or run once with `deletes: follow` and without `keep` for the table, which deletes all rows that the source does not have. --purge leaves them.',
    })
  }
  return warnings
}

async function countWritten(
  session: Session,
  target: Table,
  columns: readonly string[],
  xids: readonly string[],
): Promise<number> {
  const values = columns.map((column) => `t.${identifier(column)} IS NOT NULL`)
  const { n } = await withUserPath(session, 'reading', () =>
    session.queryOne<{ n: number }>(
      `SELECT count(*)::pg_catalog.float8 AS n FROM ${tableSql(target)} AS t
       WHERE t.xmin::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) AND (${values.join(' OR ')})`,
      [xids],
    ),
  )
  return n
}
