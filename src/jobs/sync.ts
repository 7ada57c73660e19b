import type { Profile } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import type { TableName } from '../core/table-name.ts'
import { VERSION } from '../core/version.ts'
import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { type Snapshot, withSnapshot } from '../postgres/snapshot.ts'
import { withDatabases } from './databases.ts'
import { type LandedSync, landParts } from './land-parts.ts'
import { mergeLanded } from './merge-landed.ts'
import { lockedRelations, makePlan, type PlannedSync, selectionOf } from './plan-sync.ts'
import { refuseProtectedTarget, refuseSameDatabase } from './refuse-unsafe-target.ts'
import { settleRun } from './settle-run.ts'
import type { Watch } from './watch.ts'
import { type OpenRun, withRun } from './with-run.ts'

/** What `mbsync sync` can be asked beyond its profile. */
export interface SyncOptions {
  /** Patterns that narrow the profile's tables; empty for all of them. */
  readonly tables: readonly string[]
  /** Whether the merge may take locks that block readers where nothing else can do it. */
  readonly allowBlocking: boolean
}

/** What a run did to one table. */
export interface TableOutcome {
  readonly table: TableName
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
  /** Time spent on the table in landing, comparing and applying, which overlap between tables. */
  readonly durationMs: number
}

/** Something that went wrong after COMMIT, or that a person should know of a finished run. It is told at the end, not as an event. */
export interface Warning {
  readonly message: string
  readonly hint?: string
}

/** What a run did. */
export interface SyncResult {
  readonly runId: number
  readonly profile: string
  readonly startedAt: Date
  readonly durationMs: number
  /** COPY text bytes read from the source. */
  readonly bytes: number
  readonly tables: readonly TableOutcome[]
  /** How many sequences were set to the source's values. */
  readonly sequencesSet: number
  readonly notes: readonly Finding[]
  readonly warnings: readonly Warning[]
}

/** One side of a profile as it was found. */
export interface DatabaseFacts {
  /** The name it has in the configuration. */
  readonly name: string
  readonly database: string
  /** `server_version`, such as `18.4`. */
  readonly serverVersion: string
}

/** What a run would do with one table. */
export interface PlannedTable {
  readonly table: TableName
  readonly read: { readonly kind: 'full'; readonly reason: string }
  readonly write: { readonly kind: 'merge'; readonly by: 'key' | 'multiset' }
  readonly parts: number
  readonly estimatedRows: number
  readonly estimatedBytes: number
}

/** What a run would do, with all that validation found. `mbsync check` and `sync --dry-run` show it. */
export interface SyncPlan {
  readonly profile: string
  readonly source: DatabaseFacts
  readonly target: DatabaseFacts
  /** How the merge keeps triggers and foreign keys out of its way. */
  readonly mergeMode: 'replica role' | 'owner'
  /** Errors first. A plan with an error would be refused. */
  readonly findings: readonly Finding[]
  /** Largest first. */
  readonly tables: readonly PlannedTable[]
  readonly sequences: number
}

/**
 * Brings the profile's target to the state of its source in one transaction.
 * @throws RefusedError if validation finds a reason not to; FailedError, LockedError, InterruptedError
 */
export async function sync(profile: Profile, options: SyncOptions, watch: Watch): Promise<SyncResult> {
  const startedAt = new Date()
  return withDatabases(profile, watch, async ({ source, target }) => {
    await refuseUnsafeTarget(profile, source, target)
    return withRun(
      target,
      watch,
      () => describeRun(profile, source),
      async (run) => {
        const landed = await landFromSnapshot(profile, options, watch, source, target, run)
        const merged = await mergeLanded(profile, watch, target, run, landed)
        const warnings = await settleRun(profile, watch, target, merged.changed)
        return {
          runId: run.id,
          profile: profile.name,
          startedAt,
          durationMs: Date.now() - startedAt.getTime(),
          bytes: landed.bytes,
          tables: merged.outcomes,
          sequencesSet: merged.sequencesSet,
          notes: landed.plan.findings,
          warnings,
        }
      },
    )
  })
}

/** What {@link sync} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planSync(profile: Profile, options: SyncOptions, watch: Watch): Promise<SyncPlan> {
  return withDatabases(profile, watch, async ({ source, target }) => {
    await refuseUnsafeTarget(profile, source, target)
    watch.report({ type: 'phase', phase: 'validate' })
    const session = await target.session()
    const { plan } = await withPlannedSnapshot(
      profile,
      options,
      source,
      session,
      async (_, planned) => planned,
    )
    return plan
  })
}

async function refuseUnsafeTarget(profile: Profile, source: Database, target: Database): Promise<void> {
  const targetSession = await target.session()
  await refuseProtectedTarget(profile, targetSession)
  const sourceSession = await source.session()
  // A second idle session on each side shows a pooler in transaction mode: it would reach the first one's backend.
  const others = [await target.session(), await source.session()]
  await refuseSameDatabase(profile, sourceSession, targetSession)
  await Promise.all([sourceSession, targetSession, ...others].map((session) => session.end()))
}

async function describeRun(profile: Profile, source: Database) {
  const session = await source.session()
  const { database, databaseOid, version } = await readServerFacts(session)
  const system = await readSystemIdentifier(session)
  await session.end()
  return {
    profile: profile.name,
    mode: 'full' as const,
    version: VERSION,
    source: { name: profile.from.name, database, databaseOid, version, systemIdentifier: system ?? null },
  }
}

/** The source's snapshot ends as soon as everything has landed: a long one holds back vacuum there. */
async function landFromSnapshot(
  profile: Profile,
  options: SyncOptions,
  watch: Watch,
  source: Database,
  target: Database,
  run: OpenRun,
): Promise<LandedSync> {
  watch.report({ type: 'phase', phase: 'validate' })
  return withPlannedSnapshot(profile, options, source, run.coordinator, async (snapshot, planned) => {
    refuseErrors(planned.plan)
    return landParts(profile, watch, target, run, snapshot, planned)
  })
}

async function withPlannedSnapshot<T>(
  profile: Profile,
  options: SyncOptions,
  source: Database,
  target: Session,
  use: (snapshot: Snapshot, planned: PlannedSync) => Promise<T>,
): Promise<T> {
  const selection = selectionOf(profile, options)
  return withSnapshot(
    source,
    (session) => lockedRelations(session, selection),
    async (snapshot) => use(snapshot, await makePlan(snapshot.coordinator, target, profile, options)),
  )
}

function refuseErrors(plan: SyncPlan): void {
  const errors = plan.findings.filter((finding) => finding.severity === 'error')
  if (errors.length === 0) return
  throw new RefusedError(
    `Validation found ${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}; nothing has changed`,
    {
      findings: plan.findings,
      hint: `Correct them and run \`mbsync check ${plan.profile}\` until it finds none.`,
    },
  )
}
