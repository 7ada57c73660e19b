import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The files that a pattern names, or why it names none. */
export type FoundFiles = { readonly files: readonly string[] } | { readonly missing: string }

/**
 * Finds files by a path in which `*` and `?` stand for any characters of a name and `[0-9]` for one of them, in the order of their bytes. A name without such is not looked up.
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
  return /[*?]|\[[^\]]+\]/.test(part)
}

async function namesIn(path: string, isLast: boolean): Promise<string[] | undefined> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
  return entries
    ?.filter((entry) => (isLast ? !entry.isDirectory() : !entry.isFile()))
    .map(({ name }) => name)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** As in a shell, what is hidden must be named with its dot. A name that is written as it is counts, whatever its brackets would stand for. */
function matches(pattern: string, name: string): boolean {
  if (name === pattern) return true
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  return new RegExp(`^${pattern.replaceAll(PIECE, expressionOf)}$`, 'su').test(name)
}

const PIECE = /\*|\?|\[[!^]?\]?[^\]]+\]|[\s\S]/gu

function expressionOf(piece: string): string {
  if (piece === '*') return '.*'
  if (piece === '?') return '.'
  const escaped = (text: string) => text.replaceAll(/[.+*?^${}()|[\]\\/]/g, '\\$&')
  if (piece.length < 3 || !piece.startsWith('[')) return escaped(piece)
  const isNot = /^\[[!^]/.test(piece)
  return `[${isNot ? '^' : ''}${escaped(piece.slice(isNot ? 2 : 1, -1))}]`
}
