import { existsSync, lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { UsageError } from '../../core/errors.ts'

/** The file names that are looked for, the preferred one first. */
export const CONFIG_FILE_NAMES = ['mbsync.yaml', 'mbsync.yml'] as const

/**
 * The absolute path of the configuration file: the one asked for, or the one in `cwd`, or undefined without any.
 * @throws UsageError if the one asked for does not exist, or `cwd` has both names
 */
export function findConfigFile(cwd: string, configPath: string | undefined): string | undefined {
  if (configPath !== undefined) return requireFile(resolve(cwd, configPath))
  const found = CONFIG_FILE_NAMES.map((name) => resolve(cwd, name)).filter(isThere)
  if (found.length > 1) {
    throw new UsageError(`Both ${CONFIG_FILE_NAMES.join(' and ')} are in ${cwd}`, {
      hint: `Keep one of them: remove or rename ${CONFIG_FILE_NAMES[1]}.`,
    })
  }
  return found[0]
}

/** A link that leads nowhere is there, too: without its file, the built-in profile would bring over what it excludes. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function requireFile(path: string): string {
  if (existsSync(path)) return path
  throw new UsageError(`The configuration file ${path} does not exist`, {
    hint: 'Check the path, or run `mbsync init` to write a first mbsync.yaml.',
  })
}
