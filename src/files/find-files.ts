import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The files that a pattern names, or why it names none. */
export type FoundFiles = { readonly files: readonly string[] } | { readonly missing: string }

/**
 * Finds files by a path in which `*` and `?` stand for any characters of a name, in the order of their bytes. A name without them is not looked up.
 * @returns absolute paths; `missing` is the folder that is not there or cannot be read
 */
export async function findFiles(folder: string, pattern: string): Promise<FoundFiles> {
  const parts = pattern.split('/')
  let found = [resolve(folder, parts[0] === '' ? '/' : '.')]
  for (const [index, part] of parts.entries()) {
    if (part === '' || part === '.') continue
    if (!isWild(part)) {
      const all = found.map((path) => join(path, part))
      found = parts.slice(0, index).some(isWild) ? all.filter((path) => existsSync(path)) : all
      continue
    }
    const isLast = index === parts.length - 1
    const next: string[] = []
    for (const path of found) {
      const names = await namesIn(path, isLast)
      // Below a wildcard, folders that lack the rest are passed over.
      if (names === undefined && !parts.slice(0, index).some(isWild)) return { missing: path }
      next.push(...(names ?? []).filter((name) => matches(part, name)).map((name) => join(path, name)))
    }
    found = next
  }
  return { files: found }
}

/** Whether a part of a path stands for more than one name. */
function isWild(part: string): boolean {
  return /[*?]/.test(part)
}

async function namesIn(path: string, isLast: boolean): Promise<string[] | undefined> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
  return entries
    ?.filter((entry) => (isLast ? !entry.isDirectory() : !entry.isFile()))
    .map(({ name }) => name)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** As in a shell, what is hidden must be named with its dot. */
function matches(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`, 'su').test(name)
}
