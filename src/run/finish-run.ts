import type { BackupSettings, RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { isSameTable } from '../core/table-name.ts'
import type { Table } from '../postgres/catalog/table.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Session } from '../postgres/session.ts'
import { forgetSettings } from '../postgres/settings-of-session.ts'
import { replaceShownNotes } from '../state/run-findings.ts'
import { expectRunLock } from '../state/run-lock.ts'
import { pruneUndoSets } from '../state/undo-sets.ts'
import { digestOf } from '../transfer/inspect/fingerprint.ts'
import { dropLandingTables } from '../transfer/land/landing-tables.ts'
import { finish, type NewView } from '../transfer/merge/finish.ts'
import { setSequencesBack } from '../transfer/merge/set-sequences.ts'
import { readWritten } from './after/read-written.ts'
import type { LandedRun } from './land-parts.ts'
import type { MergeOutcome } from './merge-landed.ts'
import type { RunOptions } from './run-plan.ts'
import type { Warning } from './run-result.ts'
import type { OpenRun } from './with-run.ts'

/** What a merge has changed, and the materialized views that the run has created, which are still empty. */
export interface FinishedMerge extends Pick<MergeOutcome, 'changed' | 'sequences' | 'after'> {
  readonly views?: readonly NewView[]
  /** Whether the landing tables are still needed after the run. */
  readonly leavesLanding?: boolean
  /** The tables of the run. */
  readonly tables?: readonly Table[]
}

/** All steps after COMMIT. The run has succeeded, so any failure here, an interruption included, is only a warning. */
export async function finishRun(
  rules: Pick<RunRules, 'to' | 'jobs' | 'undoRuns'> & { readonly backups?: BackupSettings | undefined },
  { target, coordinator, context, followUps }: OpenRun,
  { changed: own, sequences, after, views = [], leavesLanding = false, tables = [] }: FinishedMerge,
): Promise<Warning[]> {
  context.report({ type: 'phase', phase: 'finish' })
  const warnings: Warning[] = []
  const late = tables.filter(({ name }) => followUps.some((each) => isSameTable(each, name)))
  const isOwn = (table: Table) => own.some((each) => isSameTable(each.table.name, table.name))
  const changed = [...own, ...late.filter((table) => !isOwn(table)).map((table) => ({ table, share: 1 }))]
  const hasFollowUp = changed.length + views.length + (after?.elsewhere.length ?? 0) > 0
  // Sessions that have copied or compared help to analyze.
  if (!hasFollowUp) target.endSpare()
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      warnings.push({ message: `${what}: ${error instanceof Error ? error.message : String(error)}` })
    }
  }
  if (after !== undefined && coordinator.isOpen)
    await attempt('Settings of `after` hold until the end of the run', () => forgetSettings(coordinator))
  // Cleaning up is quick, and must happen even after an interruption.
  await attempt('Cleaning up failed', () =>
    target.withClosingSession(async (session) => {
      await attempt('Sequences stay ahead of the source, because setting them back failed', () =>
        setSequencesBack(session, sequences),
      )
      await Promise.all([
        leavesLanding || attempt('Dropping the landing tables failed', () => dropLandingTables(session)),
        attempt('Pruning old undo sets failed', () => pruneUndoSets(session, rules.undoRuns)),
      ])
    }, coordinator),
  )
  const { backups } = rules
  if (backups !== undefined) {
    await attempt('Pruning old backups failed', async () => {
      const { pruneBackups } = await import('./backup.ts')
      await pruneBackups(rules.to.name, backups)
    })
  }
  const hasCreated = followUps.some((each) => each.hasCreated)
  if (!hasFollowUp) return warnings
  await attempt('The run is complete, but its follow-up was cut short', async () => {
    const session = coordinator.isOpen ? coordinator : await target.session()
    const elsewhere = await readWritten(session, after?.elsewhere ?? [])
    const helpers = { database: target, jobs: rules.jobs }
    const options = { created: views, fillsEmpty: hasCreated, helpers }
    warnings.push(...(await finish(session, context.report, [...changed, ...elsewhere], options)))
  })
  target.endSpare()
  return warnings
}

/**
 * The notes of a run that the last run of its profile did not show. The run has succeeded, so if this cannot be found out, all notes count
 * as new.
 */
export async function newNotes(
  session: Session,
  profile: string,
  notes: readonly Finding[],
): Promise<readonly Finding[]> {
  const digests = notes.map(({ code, subject, message }) => digestOf([code, subject, message]))
  try {
    const known = await replaceShownNotes(session, profile, digests)
    return notes.filter((_, index) => !known.has(digests[index] ?? ''))
  } catch (error) {
    if (error instanceof DatabaseError) return notes
    throw error
  }
}

/** The run has succeeded. If raw values cannot be removed, that is a warning. */
export async function purgeRawAfterwards(
  { coordinator }: OpenRun,
  { inspection, outcomes }: Pick<LandedRun, 'inspection'> & Pick<MergeOutcome, 'outcomes'>,
  rules: RunRules,
  { purge, backup }: RunOptions,
): Promise<Warning[]> {
  if (!inspection.pairs.some(({ source }) => source.masked !== undefined && source.masked.size > 0)) return []
  const { purgeRaw } = await import('./purge-raw.ts')
  try {
    await expectRunLock(coordinator)
    const backups = purge?.backups ?? backup
    return await purgeRaw(
      coordinator,
      { inspection, outcomes },
      { targetName: rules.to.name, purge, backups },
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [{ message: `mbsync could not look for values from before the masks: ${reason}` }]
  }
}
