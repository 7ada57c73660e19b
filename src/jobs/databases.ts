import type { Profile, RunRules } from '../config/config.ts'
import { type Database, withDatabase } from '../postgres/database.ts'
import type { Watch } from './watch.ts'

/** Opens both databases of a profile: the source so that it can only be read. */
export async function withDatabases<T>(
  profile: Profile,
  watch: Watch,
  use: (databases: { readonly source: Database; readonly target: Database }) => Promise<T>,
): Promise<T> {
  const options = {
    connectMs: profile.timeouts.connectMs,
    lockMs: profile.timeouts.lockMs,
    signal: watch.signal,
  }
  return withDatabase({ ...profile.from, ...options, role: 'source' }, (source) =>
    withTarget(profile, watch, (target) => use({ source, target })),
  )
}

/** Opens the target of a run alone. */
export async function withTarget<T>(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  watch: Watch,
  use: (target: Database) => Promise<T>,
): Promise<T> {
  const { connectMs, lockMs } = rules.timeouts
  return withDatabase({ ...rules.to, connectMs, lockMs, signal: watch.signal, role: 'target' }, use)
}
