import { existsSync, lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../../core/errors.ts'

/** The file names that are looked for, the preferred one first. */
export const CONFIG_FILE_NAMES = ['mbsync.yaml', 'mbsync.yml'] as const

/**
 * The absolute path of the configuration file: the one asked for, or the one in `cwd` or the nearest folder above it, or undefined.
 * @throws UsageError if the one asked for does not exist, a folder has both names, or another user could have planted the one above
 */
export function findConfigFile(cwd: string, configPath: string | undefined): string | undefined {
  if (configPath !== undefined) return requireFile(resolve(cwd, configPath))
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = findIn(folder)
    if (found !== undefined && folder !== resolve(cwd)) refuseForeign(found)
    if (found !== undefined || folder === dirname(folder)) return found
  }
}

function findIn(folder: string): string | undefined {
  const found = CONFIG_FILE_NAMES.map((name) => join(folder, name)).filter(isThere)
  if (found.length > 1) {
    throw new UsageError(`Both ${CONFIG_FILE_NAMES.join(' and ')} are in ${folder}`, {
      hint: `Keep one of them: remove or rename ${CONFIG_FILE_NAMES[1]}.`,
    })
  }
  return found[0]
}

/** A folder above may be open to all, such as /tmp, and the file decides what is overwritten. */
function refuseForeign(path: string): void {
  const user = process.getuid?.()
  const { uid } = lstatSync(path)
  if (user === undefined || uid === user || uid === 0) return
  throw new UsageError(`The configuration file ${path} belongs to another user`, {
    hint: 'To use it, name it with --config.',
  })
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
