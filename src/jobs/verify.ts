import type { Profile } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { TableMap, TableSet } from '../core/table-map.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withDatabases, withReadTarget, withSource } from '../run/databases.ts'
import { fitToTarget } from '../run/fit-to-target.ts'
import { refuseFindings } from '../run/refuse-findings.ts'
import { type SelectionOptions, selectionOf } from '../run/selection-of.ts'
import { compareSides } from '../run/verify/compare-sides.ts'
import { type CompareOptions, notCompared, type VerifiedTable } from '../run/verify/verified-table.ts'
import { readChangedByAfter } from '../state/after.ts'
import { stateOf } from '../state/migrate.ts'
import { type SkippedTable, selectWithout } from '../transfer/inspect/drift.ts'
import { inspectTarget } from '../transfer/inspect/inspect-target.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import { withLiveSource } from '../transfer/source/live-source.ts'
import { checkConditionsOfKeep } from '../transfer/staying/check-keep.ts'
import { leftOutBeside } from '../transfer/validate/left-out.ts'

/** What `mbsync verify` can be asked. */
export interface VerifyOptions extends SelectionOptions, CompareOptions {
  /** Whether tables that a run leaves as they are are not compared, whatever the profile says. */
  readonly skipsDrift?: boolean
}

/** How two databases compare. */
export interface VerifyResult {
  readonly profile: string
  readonly startedAt: Date
  readonly durationMs: number
  readonly samplePercent: number
  readonly tables: readonly VerifiedTable[]
  /** What of the source was not compared, although applications see it with these tables. */
  readonly notes: readonly Finding[]
}

/**
 * Compares source and target, each under one snapshot of its own. Changes nothing on either side.
 * @throws RefusedError if the selection means nothing; FailedError, InterruptedError
 */
export async function verify(
  profile: Profile,
  options: VerifyOptions,
  context: JobContext,
): Promise<VerifyResult> {
  const startedAt = new Date()
  const { jobs, from, to, timeouts } = profile
  const whole = selectionOf(profile, options)
  context.report({ type: 'phase', phase: 'validate' })
  const skipsDrift = profile.drift === 'skip' || options.skipsDrift === true
  const skipped = skipsDrift ? await findSkipped(profile, whole, context) : []
  const selection = selectWithout(
    whole,
    skipped.map(({ table }) => table),
  )
  const { tables, notes } = await withSource({ from, timeouts, jobs }, context, (source) =>
    withReadTarget({ to, timeouts, jobs }, context, async (target) => {
      const session = await target.session()
      refuseFindings(await checkConditionsOfKeep(session, selection))
      target.giveBack(session)
      return withLiveSource(source, selection, jobs, (expected) =>
        withLiveSource(
          target,
          { ...selection, where: [], columns: [], masks: { rules: [], key: undefined } },
          jobs,
          async (actual) => ({
            tables: await withCause(
              target,
              await compareSides(expected, actual, jobs, { ...options, staying: selection }, context),
            ),
            notes: leftOutBeside(expected.catalog, 'is not compared'),
          }),
        ),
      )
    }),
  )
  return {
    profile: profile.name,
    startedAt,
    durationMs: Date.now() - startedAt.getTime(),
    samplePercent: options.samplePercent,
    tables: [...tables, ...skipped.map(leftAsItIs)].sort((a, b) =>
      displayName(a.table) < displayName(b.table) ? -1 : 1,
    ),
    notes,
  }
}

function leftAsItIs({ table, reason }: SkippedTable): VerifiedTable {
  return { ...notCompared(table, `is left as it is: ${reason}`), isSkipped: true }
}

/** Names the run whose SQL of `after` has changed a table that differs. If the runs of the target are not known, nothing is named. */
async function withCause<T extends { readonly table: TableName; readonly status: string }>(
  target: Database,
  tables: readonly T[],
): Promise<(T & { readonly changedByAfter?: number })[]> {
  if (tables.every(({ status }) => status !== 'different')) return [...tables]
  const changed = await target
    .withClosingSession(async (session) =>
      (await stateOf(session)) === 'current' ? readChangedByAfter(session) : new TableMap<number>(),
    )
    .catch(() => new TableMap<number>())
  return tables.map((each) => {
    const runId = each.status === 'different' ? changed.get(each.table) : undefined
    return runId === undefined ? each : { ...each, changedByAfter: runId }
  })
}

/** The tables that a run with drift skipped would leave as they are; none if such a run would be refused. */
async function findSkipped(
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
