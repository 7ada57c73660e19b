import type { BackupSettings, Profile } from '../../config/config.ts'
import { countOf } from '../../core/count-of.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { readRoughSizes } from '../../postgres/catalog/read-rough-sizes.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withDatabases } from '../../run/databases.ts'
import { refuseUnsafeTarget } from '../../run/refuse-unsafe-target.ts'
import { readAtStake } from '../../run/rows-at-stake.ts'
import { type RunOptions, type RunPlan, UNDECIDED } from '../../run/run-plan.ts'
import { selectionOf } from '../../run/selection-of.ts'
import { stateOf, unreadableState } from '../../state/migrate.ts'
import { findHolder } from '../../state/run-lock.ts'
import type { SkippedTable } from '../../transfer/inspect/drift.ts'
import { usefulSessions } from '../../transfer/source/useful-sessions.ts'
import { checkSearch } from '../search/check-search.ts'
import { sampleDocument } from '../search/sample-documents.ts'
import { planFromLive } from '../sync.ts'
import { checkConnections, checkDatabaseName, checkTls } from './check-connections.ts'
import { checkBackupFolder, checkSecrecy } from './check-files.ts'
import { checkProgramName } from './check-program-name.ts'
import { checkSchemaDifferences } from './check-schema-differences.ts'
import { checkSearchPath } from './check-search-path.ts'
import { checkSourceRole } from './check-source-role.ts'
import { checkLeftOver, checkStatistics, checkTargetRole } from './check-target.ts'
import { type Check, Checklist } from './checklist.ts'
import { sampleMasks } from './sample-masks.ts'

/** What a check is asked. */
export interface CheckOptions extends RunOptions {
  /** The file of variables, which holds credentials if it is there. */
  readonly envFile: string
  /** The PATH, and the file that this program was started from. */
  readonly program: { readonly path: string | undefined; readonly own: string | undefined }
  /** Where dumps go that are written before a run. */
  readonly backups: BackupSettings
  /** Whether masked values are shown, and documents of search indexes. */
  readonly isSampled?: boolean
}

/** Everything that a run of a profile needs, and how it stands. */
export interface CheckReport {
  readonly profile: string
  readonly checks: readonly Check[]
  /** What the run would do; undefined if that could not be found out. */
  readonly plan: RunPlan | undefined
}

/** Goes through everything that a run would need. Changes nothing. */
export async function check(
  profile: Profile,
  options: CheckOptions,
  context: JobContext,
): Promise<CheckReport> {
  const list = new Checklist(context.signal)
  // A wrong use of the command line is no failure of a run.
  selectionOf(profile, options)
  list.addCoded('env-file', ...(await checkSecrecy(options.envFile)))
  list.addCoded('name', ...(await checkProgramName(options.program)))
  list.addCoded('server', ...checkDatabaseName(profile.from))
  list.addCoded('tls', ...checkTls(profile.from), ...checkTls(profile.to))
  if (profile.backup === 'dump') list.add(await checkBackupFolder(options.backups.folder))
  const plan = await withDatabases(profile, context, async ({ source, target }) => {
    const { from, to } = profile
    const canRead = await list.attempt(from.name, () => checkSource(source, profile, options, list))
    const canWrite = await list.attempt(to.name, () => checkTarget(target, profile, list))
    if (canRead !== true || canWrite !== true) return undefined
    const planned = await list.attempt(profile.name, () =>
      planFromLive(profile, source, target, options, context),
    )
    if (planned !== undefined) {
      addPlan(planned, list, profile.name)
      const isRefused = planned.findings.some(({ severity }) => severity === 'error')
      if (options.isSampled === true && !isRefused)
        await list.attempt(from.name, async () => list.add(...(await sampleMasks(source, profile, options))))
      await list.attempt(to.name, async () =>
        list.add(...(await checkSchemaDifferences({ source, target }, profile))),
      )
      await list.attempt(to.name, () => addSearchPath(target, profile, options, planned, list))
    }
    for (const index of profile.search) await addSearch(target, index, { list, context, profile, options })
    return planned
  })
  return { profile: profile.name, checks: withoutAccepted(profile, list.checks, plan?.accepted ?? []), plan }
}

/** What the profile accepts is not shown, but counted: an acceptance that hides nothing any more can be seen. */
function withoutAccepted(
  { name, accept }: Profile,
  checks: readonly Check[],
  notes: readonly Finding[],
): readonly Check[] {
  const isAccepted = ({ status, code }: Check) =>
    status === 'warning' && code !== undefined && accept.includes(code)
  if (accept.length === 0) return checks
  const codes = [...notes, ...checks.filter(isAccepted)].flatMap(({ code }) => code ?? [])
  const counts = accept.map((code) => `${codes.filter((other) => other === code).length} × ${code}`)
  const message = `Accepted, and not shown: ${counts.join(', ')}`
  return [...checks.filter((check) => !isAccepted(check)), { status: 'ok', subject: name, message }]
}

async function checkSource(
  source: Database,
  profile: Profile,
  options: CheckOptions,
  list: Checklist,
): Promise<true> {
  const { from, jobs } = profile
  const session = await source.session()
  list.add(await describeServer(session, from.name, 'read'))
  list.addCoded('role', ...(await checkSourceRole(session, from.name, selectionOf(profile, options))))
  const readers = usefulSessions(await readRoughSizes(session), jobs)
  list.addCoded('connections', await checkConnections(source, session, from.name, readers))
  source.giveBack(session)
  return true
}

async function checkTarget(target: Database, profile: Profile, list: Checklist): Promise<true> {
  const { to, jobs } = profile
  const session = await target.session()
  list.add(await describeServer(session, to.name, 'written'))
  list.addCoded('role', ...(await checkTargetRole(session, to.name)))
  list.addCoded('statistics', await checkStatistics(target, session, to.name))
  list.addCoded('connections', await checkConnections(target, session, to.name, jobs, profile.search))
  await refuseUnsafeTarget(profile, target)
  list.addCoded('server', await checkLock(session, to.name))
  const state = await list.attempt(to.name, async () => {
    const found = await stateOf(session)
    if (found === 'unreadable') throw await unreadableState(session)
    return found
  })
  if (state !== undefined) list.add({ status: 'ok', subject: to.name, message: STATES[state] })
  if (state === 'current') list.addCoded('swap', ...(await checkLeftOver(session, to.name)))
  target.giveBack(session)
  return true
}

async function describeServer(session: Session, subject: string, use: 'read' | 'written'): Promise<Check> {
  const { database, version, role } = await readServerFacts(session)
  const message = `PostgreSQL ${version}, database ${database}, ${use} as ${role}`
  return { status: 'ok', subject, message }
}

async function checkLock(session: Session, subject: string): Promise<Check> {
  const holder = await findHolder(session)
  if (holder === undefined) return { status: 'ok', subject, message: 'No other run is under way' }
  return {
    status: 'warning',
    subject,
    message: `Another run is under way (backend ${holder.pid}, since ${holder.since})`,
    hint: 'Until it ends, other runs exit with 75, or wait with --wait-lock <duration>.',
  }
}

const STATES = {
  none: 'No run has used this target yet: the first one creates the schemas of mbsync',
  outdated: 'An older mbsync wrote the state: the next run updates it',
  current: 'The state of earlier runs can be read',
} as const

function addPlan(
  { findings, tables, sequences, skipped, after = [] }: RunPlan,
  list: Checklist,
  profile: string,
): void {
  const isEmpty = tables.length === 0
  const message = isEmpty
    ? 'no table can be copied yet'
    : `${countOf(tables.length, 'table')} to copy (${describeReads(tables)}), ${countOf(sequences, 'sequence')}`
  const hint = 'See the problems listed below.'
  list.add({ status: isEmpty ? 'warning' : 'ok', subject: profile, message, ...(isEmpty && { hint }) })
  const files = after.map(({ file }) => file).join(', ')
  if (files !== '')
    list.add({ status: 'ok', subject: profile, message: `SQL files that run after the rows: ${files}` })
  list.addFindings(findings)
  list.addCoded('skipped', ...skipped.map(leftAsItIs))
}

function describeReads(tables: RunPlan['tables']): string {
  if (tables.some(({ read }) => read.reason === UNDECIDED)) return 'once the problems below are solved'
  const incremental = tables.filter(({ read }) => read.kind === 'incremental').length
  return incremental === 0 ? 'read in full' : `${incremental} of them incrementally`
}

function leftAsItIs({ table, reason, hint }: SkippedTable): Check {
  const message = `is left as it is: ${reason}`
  const subject = displayName(table)
  return { status: 'warning', subject, message, ...(hint === undefined ? {} : { hint }) }
}

async function addSearchPath(
  target: Database,
  profile: Profile,
  options: CheckOptions,
  { tables }: RunPlan,
  list: Checklist,
): Promise<void> {
  const session = await target.session()
  const names = new TableSet(tables.map(({ table }) => table))
  const written = (await readAtStake(session, selectionOf(profile, options))).filter(({ name }) =>
    names.has(name),
  )
  list.add(...(await checkSearchPath(session, profile.to.name, written)))
}

interface Checking {
  readonly list: Checklist
  readonly context: JobContext
  readonly profile: Profile
  readonly options: CheckOptions
}

async function addSearch(
  target: Database,
  config: Profile['search'][number],
  { list, context, profile, options }: Checking,
): Promise<void> {
  const findings = await list.attempt(config.name, () =>
    checkSearch(target, [config], context, profile.search),
  )
  if (findings === undefined) return
  list.addFindings(coded('search', findings))
  if (findings.length === 0) {
    list.add({ status: 'ok', subject: config.name, message: 'The documents fit the search index' })
  }
  if (options.isSampled !== true) return
  await list.attempt(config.name, async () => {
    const document = await sampleDocument(await target.session(), config)
    const message = document === undefined ? 'The query returns no document' : `A document: ${document}`
    list.add({ status: 'ok', subject: config.name, message })
  })
}
