import type { Config } from '../config/config.ts'
import { findDatabase } from '../config/find-database.ts'
import { findProfile } from '../config/find-profile.ts'
import { UsageError } from '../core/errors.ts'
import type { RollbackRules } from '../jobs/rollback.ts'

/**
 * The target that a command is about: of a profile, or with `--to` a database and whatever ran there.
 * @throws UsageError if both are given, or what is given is not known
 */
export function targetRules(
  config: Config,
  name: string | undefined,
  { to }: { readonly to?: string | undefined },
): { readonly rules: RollbackRules; readonly profile: string | undefined } {
  if (to === undefined) {
    const profile = findProfile(config, name)
    return { rules: profile, profile: profile.name }
  }
  if (name !== undefined) throw new UsageError('Give a profile or --to <database>, not both')
  return { rules: { ...config.defaultRules, to: findDatabase(config, to, '--to') }, profile: undefined }
}
