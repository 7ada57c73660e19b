import type { Profile } from '../../src/config/config.ts'
import { parseTablePattern, type TablePattern } from '../../src/core/table-pattern.ts'
import { type RollbackResult, rollback } from '../../src/jobs/rollback.ts'
import { planSync, sync } from '../../src/jobs/sync.ts'
import type { Confirm } from '../../src/progress/confirm.ts'
import type { JobContext } from '../../src/progress/job-context.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import type { RunOptions, RunPlan } from '../../src/run/run-plan.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import type { TestDatabase } from './databases.ts'

/** What a test may change about a run. */
export interface TestRunOptions extends Partial<RunOptions> {
  readonly profile?: Partial<Profile>
  readonly signal?: AbortSignal
  readonly onEvent?: (event: ProgressEvent) => void
  /** Yes to everything unless given. */
  readonly confirm?: Confirm
}

/** A source and a target, by their URLs. */
interface Sides {
  readonly source: Pick<TestDatabase, 'url'>
  readonly target: Pick<TestDatabase, 'url'>
}

/** A profile from the pair's source to its target, through the given target URL if not the superuser's. */
export function profileOf(pair: Sides, overrides: Partial<Profile> = {}): Profile {
  return {
    name: 'prod-to-staging',
    from: { name: 'production', url: pair.source.url, isProtected: true },
    to: { name: 'staging', url: pair.target.url, isProtected: false },
    include: [patternOf('*.*')],
    exclude: [],
    where: [],
    columns: [],
    drift: 'refuse',
    strategy: 'auto',
    swap: { keep: 1, locale: 'source', switchMs: 10_000 },
    accept: [],
    jobs: 2,
    timeouts: { connectMs: 10_000, lockMs: 3_000, silenceMs: 300_000 },
    undoRuns: 3,
    recheck: 7,
    backup: 'undo',
    schema: 'check',
    owner: 'connecting role',
    grants: 'none',
    largeObjects: 'leave',
    search: [],
    ...overrides,
  }
}

/** A pattern that must be valid. */
export function patternOf(text: string): TablePattern {
  const pattern = parseTablePattern(text)
  if (pattern === undefined) throw new Error(`Not a pattern: ${text}`)
  return pattern
}

/** Runs `sync` in this process. */
export function runSync(pair: Sides, options: TestRunOptions = {}): Promise<RunResult> {
  return sync(profileOf(pair, options.profile), syncOptions(options), watchOf(options))
}

/** Plans a `sync` in this process. */
export function runPlan(pair: Sides, options: TestRunOptions = {}): Promise<RunPlan> {
  return planSync(profileOf(pair, options.profile), syncOptions(options), watchOf(options))
}

/** Runs `rollback` in this process. */
export function runRollback(
  pair: Sides,
  options: TestRunOptions & { readonly force?: boolean } = {},
): Promise<RollbackResult> {
  const profile = profileOf(pair, options.profile)
  const { force = false, allowBlocking = false } = options
  return rollback(profile, { profile: profile.name, force, allowBlocking }, watchOf(options))
}

function syncOptions({
  tables = [],
  excluded = [],
  conditions = [],
  skipsDrift = false,
  allowBlocking = false,
  backup,
  isFull = false,
  search,
  purge,
  createsSchema = false,
  skipsAfter = false,
}: TestRunOptions): RunOptions {
  return {
    tables,
    excluded,
    conditions,
    skipsDrift,
    allowBlocking,
    backup,
    isFull,
    search,
    purge,
    createsSchema,
    skipsAfter,
  }
}

function watchOf({ signal, onEvent, confirm = async () => 'yes' }: TestRunOptions): JobContext {
  return { signal: signal ?? new AbortController().signal, report: onEvent ?? (() => undefined), confirm }
}
