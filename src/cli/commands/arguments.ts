import { InvalidArgumentError, Option } from 'commander'

/** The description of the `[profile]` argument. */
export const PROFILE_DESCRIPTION = 'the profile in mbsync.yaml; not needed when there is only one'

const MOST_JOBS = 32

/** `--jobs <n>`: overrides what the profile says. */
export function jobsOption(): Option {
  return new Option(
    '--jobs <n>',
    `read the source, and write the target, over this many connections (1 to ${MOST_JOBS})`,
  ).argParser((text) => parseCount(text, MOST_JOBS))
}

/** `--table <pattern>`, which may be repeated. */
export function tableOption(): Option {
  return new Option('--table <pattern>', 'only these tables of the profile; may be repeated')
    .default([], 'all of them')
    .argParser((text, earlier: readonly string[]) => [...earlier, text])
}

/** `--allow-blocking`. */
export function allowBlockingOption(): Option {
  return new Option(
    '--allow-blocking',
    'let the merge take locks that block readers where nothing else can do it',
  )
}

/** Reads a whole number from 1 up to `most`. */
export function parseCount(text: string, most: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= most) return count
  throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`)
}
