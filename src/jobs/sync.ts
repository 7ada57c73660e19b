import { profileArguments } from '../config/command-arguments.ts'
import type { Profile } from '../config/config.ts'
import { coded } from '../core/finding.ts'
import { TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import { listRelations } from '../postgres/catalog/list-relations.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withDatabases } from '../run/databases.ts'
import { isAccepted } from '../run/is-accepted.ts'
import type { Origin } from '../run/origin.ts'
import { refuseUnsafeSides, type SafeSource } from '../run/refuse-unsafe-target.ts'
import { rememberUnopened } from '../run/remember-unopened.ts'
import type { PlannedChanges, RunOptions, RunPlan } from '../run/run-plan.ts'
import type { RunResult } from '../run/run-result.ts'
import { bringInto, planBringing } from '../run/swap/bring-into.ts'
import { readLocale } from '../run/swap/read-locale.ts'
import type { VerifiedTable } from '../run/verify/verified-table.ts'
import { moreDifferences } from '../schema/diff/describe-more.ts'
import { readSchema, readSchemaNow } from '../schema/read-schema.ts'
import { withLiveSource } from '../transfer/source/live-source.ts'
import { usefulSessions } from '../transfer/source/useful-sessions.ts'
import { compareDatabases } from './schema/diff-schemas.ts'

/**
 * Brings the profile's target to the state of its source in one transaction.
 * @throws RefusedError if validation finds a reason not to; FailedError, LockedError, InterruptedError
 */
export async function sync(profile: Profile, options: RunOptions, context: JobContext): Promise<RunResult> {
  return rememberUnopened(profile, options, context, (watched) =>
    withDatabases(profile, watched, async ({ source, target }) => {
      const safe = await refuseUnsafeSides(profile, source, target)
      const origin = liveOrigin(profile, source, safe)
      return bringInto({ target, origin, rules: profile, options, context: watched })
    }),
  )
}

/** What {@link sync} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planSync(profile: Profile, options: RunOptions, context: JobContext): Promise<RunPlan> {
  return withDatabases(profile, context, async ({ source, target }) => {
    const found = await planFromLive(profile, source, target, options, context)
    // What the run follows is no difference any more.
    const plan =
      found.follows.length > 0
        ? found
        : { ...found, more: moreDifferences(await compareDatabases({ source, target }, profile)) }
    const { checkSearch } = await import('./search/check-search.ts')
    const search = coded('search', await checkSearch(target, profile.search, context))
    const findings = search.filter((finding) => !isAccepted(profile, finding))
    const checked = { ...plan, findings: [...plan.findings, ...findings] }
    if (options.isCounted !== true || plan.findings.some(({ severity }) => severity === 'error'))
      return checked
    return countChanges(checked, profile, options, context)
  })
}

/**
 * What a run from a live source would do now. Changes nothing.
 * @throws RefusedError if one of the sides must not be used
 */
export async function planFromLive(
  profile: Profile,
  source: Database,
  target: Database,
  options: RunOptions,
  context: JobContext,
): Promise<RunPlan> {
  const safe = await refuseUnsafeSides(profile, source, target)
  const origin = liveOrigin(profile, source, safe)
  return planBringing({ target, origin, rules: profile, options, context })
}

function liveOrigin({ name, from }: Profile, source: Database, safe: SafeSource): Origin {
  const identity = { name: from.name, ...safe.identity }
  return {
    name: from.name,
    rehearsal: `mbsync check ${profileArguments(name)}`,
    counting: `mbsync sync ${profileArguments(name)} --dry-run --count`,
    identity,
    lineage: [identity, ...safe.origins],
    givesSchema: 'if wanted',
    readSchema: async (opened) => opened.withSession?.(readSchema),
    readDetails: async (opened) => opened.withSession?.(readSchema),
    // One session holds the snapshot, and one sees the catalog of the moment.
    prepare: (jobs) => source.prepare(usefulSessions(safe.roughSizes, jobs) + 2),
    readLocale: () => withSourceSession(source, readLocale),
    listTables: () => listTables(source),
    lookAtSchema: () => withSourceSession(source, readSchemaNow),
    open: (selection, jobs, use) => withLiveSource(source, selection, jobs, use),
    openLive: (selection, jobs, use) => withLiveSource(source, selection, jobs, use),
  }
}

async function listTables(source: Database): Promise<TableName[]> {
  return (await withSourceSession(source, listRelations)).map(({ name }) => name)
}

async function withSourceSession<T>(source: Database, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await source.session()
  const result = await use(session)
  source.giveBack(session)
  return result
}

/** Adds to a plan what the run would change in each table, by comparing all rows of both sides. Changes nothing. */
async function countChanges(
  plan: RunPlan,
  profile: Profile,
  options: RunOptions,
  context: JobContext,
): Promise<RunPlan> {
  const counting = { ...options, samplePercent: 100, limit: 0, isCounted: true }
  const { verify } = await import('./verify.ts')
  const { tables } = await verify(profile, counting, context)
  const compared = new TableMap(tables.map((table) => [table.table, table]))
  return {
    ...plan,
    tables: plan.tables.map((table) => {
      return { ...table, changes: changesOf(compared.get(table.table)) }
    }),
  }
}

function changesOf(compared: VerifiedTable | undefined): PlannedChanges {
  if (compared === undefined) return { notCounted: 'did not exist when rows were compared' }
  const { status, missing, extra, changed, reason = '' } = compared
  if (status === 'not compared') return { notCounted: reason }
  return { inserted: missing, updated: changed, deleted: extra }
}
