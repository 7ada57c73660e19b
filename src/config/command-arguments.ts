import { shellWord } from '../core/shell-word.ts'
import { IMPORT_PROFILE, ONE_OFF_PROFILE } from './read/built-in.ts'

/** What follows a command, in sh, to mean this profile. URLs hold passwords, and are not repeated. */
export function profileArguments(name: string): string {
  return name === ONE_OFF_PROFILE ? '--from … --to …' : shellWord(name)
}

/** What follows `--to` or a command, in sh, to mean a database by its name. One that was given as a URL has no name of its own. */
export function databaseArgument(name: string): string {
  return name.includes('/') ? '<database>' : shellWord(name)
}

/** What follows `mbsync status` or `mbsync rollback`, in sh, to mean the target of a run. */
export function targetArguments({ profile, target }: { profile: string; target: string }): string {
  const isNamed = profile !== ONE_OFF_PROFILE && profile !== IMPORT_PROFILE
  return isNamed ? shellWord(profile) : `--to ${databaseArgument(target)}`
}
