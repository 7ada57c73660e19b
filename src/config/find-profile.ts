import { UsageError } from '../core/errors.ts'
import type { Config, Profile } from './config.ts'
import { BUILT_IN_PROFILE } from './read/built-in.ts'
import { didYouMean } from './read/did-you-mean.ts'
import { displayKey } from './read/problem.ts'

/**
 * The profile of a name; without one, the only profile that the file declares, else `prod-to-staging`.
 * @throws UsageError that lists the known profiles, or the variables that the built-in profile lacks
 */
export function findProfile(config: Config, name?: string): Profile {
  const profile = config.profiles.get(name ?? config.defaultProfile)
  if (profile !== undefined) return profile
  if (name === undefined && config.profiles.size > 0) {
    throw new UsageError('Missing argument: the profile', {
      hint: `Name one of ${listProfiles(config)}.`,
    })
  }
  // Both its databases could otherwise be resolved, and the profile would be there.
  if ((name ?? config.defaultProfile) === BUILT_IN_PROFILE.name) throw incompleteBuiltIn(config)
  throw unknownProfile(config, name ?? config.defaultProfile)
}

function incompleteBuiltIn({ path, unavailable }: Config): UsageError {
  const reasons = [...unavailable.values()]
  const problems = reasons.map(({ problem }) => problem)
  if (reasons.some(({ isSet }) => isSet)) {
    return new UsageError(`The built-in profile ${BUILT_IN_PROFILE.name} has a URL that cannot be used`, {
      problems,
      hint: 'Correct the value of the variable in the environment or in .env.',
    })
  }
  return new UsageError(`The built-in profile ${BUILT_IN_PROFILE.name} is incomplete`, {
    problems,
    hint:
      path === undefined
        ? 'Set the variables in the environment or in .env, or run `mbsync init` to write a first mbsync.yaml.'
        : 'Set the variables in the environment or in .env, or declare the databases in mbsync.yaml.',
  })
}

function unknownProfile(config: Config, name: string): UsageError {
  const names = [...config.profiles.keys()]
  // The built-in profile is meant, too, while its variables are missing. A URL in place of a name holds a password.
  const suggestion = didYouMean(name, [...names, BUILT_IN_PROFILE.name])
  return new UsageError(`No profile is named \`${displayKey(name)}\`${suggestion}`, {
    hint:
      names.length === 0
        ? 'There are no profiles yet: run `mbsync init` to write a first mbsync.yaml.'
        : `The profiles are ${listProfiles(config)}.`,
  })
}

function listProfiles({ profiles }: Config): string {
  return Array.from(profiles.keys(), (name) => `\`${displayKey(name)}\``).join(', ')
}
