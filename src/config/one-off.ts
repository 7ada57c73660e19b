import { UsageError } from '../core/errors.ts'
import type { Config, Profile } from './config.ts'
import { findDatabase } from './find-database.ts'
import { findProfile } from './find-profile.ts'
import { ONE_OFF_PROFILE } from './read/built-in.ts'

/** Which databases a command line names instead of a profile, by their names in mbsync.yaml or by URLs, and over how many connections. */
export interface Sides {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly jobs?: number | undefined
}

/**
 * The profile of a name, or the only one; or every table of `from` for `to`, by the default rules and without search indexes.
 * @throws UsageError
 */
export function chooseProfile(config: Config, name: string | undefined, sides: Sides = {}): Profile {
  const profile = isOneOff(sides) ? oneOffProfile(config, name, sides) : findProfile(config, name)
  return sides.jobs === undefined ? profile : { ...profile, jobs: sides.jobs }
}

/** Whether a command line names databases instead of a profile. */
export function isOneOff({ from, to }: Sides): boolean {
  return from !== undefined || to !== undefined
}

function oneOffProfile(config: Config, name: string | undefined, { from, to }: Sides): Profile {
  if (name !== undefined) {
    throw new UsageError('Give a profile, or --from and --to, not both', {
      hint: 'A profile names its databases in mbsync.yaml.',
    })
  }
  if (from === undefined || to === undefined) {
    throw new UsageError(
      `--${from === undefined ? 'to' : 'from'} needs --${from === undefined ? 'from' : 'to'}`,
      {
        hint: 'Name both databases, by their names in mbsync.yaml or by URLs; or neither, to use a profile.',
      },
    )
  }
  return {
    ...config.defaultRules,
    name: ONE_OFF_PROFILE,
    from: findDatabase(config, from, '--from'),
    to: findDatabase(config, to, '--to'),
    search: [],
  }
}
