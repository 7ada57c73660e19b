import type { DatabaseConfig, Profile, RunRules } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import { namesDatabase } from '../postgres/connection-options.ts'
import { type Database, type DatabaseOptions, withDatabase } from '../postgres/database.ts'
import { needOfJobs } from '../postgres/session-need.ts'
import type { JobContext } from '../progress/job-context.ts'

/** How a database is opened, and for how many jobs, if it is opened for a run. */
interface Opening {
  readonly timeouts: RunRules['timeouts']
  readonly jobs?: number
}

/** Opens both databases of a profile. */
export async function withDatabases<T>(
  profile: Profile,
  context: JobContext,
  use: (databases: { readonly source: Database; readonly target: Database }) => Promise<T>,
): Promise<T> {
  return withSource(profile, context, (source) =>
    withTarget(profile, context, (target) => use({ source, target })),
  )
}

/** Opens a database read-only. */
export async function withSource<T>(
  { from, timeouts, jobs }: Opening & { readonly from: DatabaseConfig },
  context: JobContext,
  use: (source: Database) => Promise<T>,
): Promise<T> {
  return withDatabase({ ...from, ...timeouts, ...watched(context, jobs), role: 'source' }, use)
}

/** Opens a target only to read it. */
export async function withReadTarget<T>(
  { to, timeouts, jobs }: Opening & { readonly to: DatabaseConfig },
  context: JobContext,
  use: (target: Database) => Promise<T>,
): Promise<T> {
  return withDatabase({ ...to, ...timeouts, ...watched(context, jobs), role: 'source', isTarget: true }, use)
}

/** Opens the target of a run. */
export async function withTarget<T>(
  { to, timeouts, jobs }: Opening & { readonly to: DatabaseConfig },
  context: JobContext,
  use: (target: Database) => Promise<T>,
): Promise<T> {
  expectDatabaseName(to)
  return withDatabase({ ...to, ...timeouts, ...watched(context, jobs), role: 'target' }, use)
}

/** As in libpq, a URL may leave out the database, which is then named like the user. The database to write must not be guessed. */
function expectDatabaseName({ name, url }: DatabaseConfig): void {
  if (namesDatabase(url)) return
  throw new UsageError(`${name}: the URL of the target must name a database`, {
    hint: 'Add it after the host, as in postgres://user:password@host:5432/database, or set PGDATABASE.',
  })
}

function watched(
  { signal, report }: JobContext,
  jobs: number | undefined,
): Pick<DatabaseOptions, 'signal' | 'onStatement' | 'need'> {
  const need = jobs === undefined ? undefined : needOfJobs(jobs)
  return { signal, need, onStatement: (statement) => report({ type: 'statement', ...statement }) }
}
