import type { BackupSettings } from '../config/config.ts'
import { countOf } from '../core/count-of.ts'
import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import { displayName } from '../core/table-name.ts'
import { removeDump } from '../dump/find-dumps.ts'
import type { Session } from '../postgres/session.ts'
import { dropUndoSets, findRawRuns, findUndoOf, listRunIds, type RawRun } from '../state/raw-undo-sets.ts'
import type { Inspection } from '../transfer/inspect/inspection.ts'
import type { RawRows } from '../transfer/inspect/stay-rule.ts'
import { findBackups } from './backup.ts'
import type { LandedRun } from './land-parts.ts'
import type { MergeOutcome } from './merge-landed.ts'
import type { RunOptions } from './run-plan.ts'
import { maskedColumnsOf } from './run-records.ts'
import type { Warning } from './run-result.ts'
import { type BroughtRows, countRows, readBrought } from './take-raw-rows.ts'

/** The run that looks for raw values, and what it may do about them. */
export interface PurgingRun extends Pick<RunOptions, 'purge'> {
  readonly targetName: string
  readonly backups: BackupSettings | undefined
}

/** Reports or removes raw values that were kept before the masks were set: undo sets, and backups of the target. */
export async function purgeRaw(
  session: Session,
  { inspection, outcomes }: Pick<LandedRun, 'inspection'> & Pick<MergeOutcome, 'outcomes'>,
  run: PurgingRun,
): Promise<Warning[]> {
  const brought = await readBrought(session, inspection)
  const runs = await findRuns(session, inspection, brought)
  const sets = runs.filter(({ hasUndo }) => hasUndo).length
  const runIds = runs.map(({ runId }) => runId)
  const dumps = run.backups === undefined ? [] : await findBackups(run.targetName, run.backups, runIds)
  const staying = await findRawStaying(session, inspection, outcomes, brought, run.purge)
  if (run.purge !== undefined) {
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

/** The runs whose undo sets or backups may hold raw values. */
async function findRuns(
  session: Session,
  { source: catalog, pairs }: Inspection,
  brought: ReadonlyTableMap<BroughtRows>,
): Promise<RawRun[]> {
  const masked = pairs.flatMap(({ source, target }) =>
    source.masked === undefined || source.masked.size === 0
      ? []
      : [{ table: target.name, ...maskedColumnsOf(source, catalog) }],
  )
  const runs = new Map((await findRawRuns(session, masked)).map((run) => [run.runId, run]))
  // A later run may have replaced rows that had stayed until then.
  const written = [...brought].map(([table, { raw }]) => ({ table, xids: raw.xids }))
  for (const runId of await findUndoOf(session, written)) runs.set(runId, { runId, hasUndo: true })
  // Until this run took such rows, each backup has held them. Its own undo set does.
  if (pairs.some(({ stays }) => stays?.except !== undefined))
    for (const runId of await listRunIds(session))
      runs.set(runId, runs.get(runId) ?? { runId, hasUndo: false })
  return [...runs.values()]
}

/** Rows that stay are not masked again: one that was brought before the masks is as it was. */
async function findRawStaying(
  session: Session,
  { pairs }: Inspection,
  outcomes: MergeOutcome['outcomes'],
  broughtRows: ReadonlyTableMap<BroughtRows>,
  purge: RunOptions['purge'],
): Promise<Warning[]> {
  const keptIn = new TableMap(outcomes.map(({ table, kept = 0 }) => [table, kept]))
  const warnings: Warning[] = []
  for (const pair of pairs) {
    const { stays, target } = pair
    const brought = broughtRows.get(target.name)
    const kept = stays?.isWhole === true ? Number.POSITIVE_INFINITY : (keptIn.get(target.name) ?? 0)
    if (kept === 0 || brought === undefined) continue
    // A row that the source has may stand as it was, too, where another mask gives it the same value.
    const count = async (rows: RawRows) => Math.min(kept, await countRows(session, pair, rows))
    const name = displayName(target.name)
    const rows = purge === undefined ? await count(brought.raw) : 0
    if (rows > 0)
      warnings.push({
        message: `${name} keeps up to ${countOf(rows, 'row')} as a run has brought them before the masks, or before these changed`,
        hint: 'Run with --purge: rows that the source has are masked, the others are deleted. Rows that staging has made or changed stay.',
      })
    const unknown = purge?.takesUnknown === false ? await count(brought.unknown) : 0
    if (unknown > 0)
      warnings.push({
        message: `${name} keeps ${countOf(unknown, 'row')} whose origin is unknown, so they may hold values from before the masks`,
        hint: 'Another session, a rollback or SQL of `after` has written them, or the target was restored. Look at them, and delete what came from production; --purge-kept removes all of them, also those that staging has made.',
      })
  }
  return warnings
}
