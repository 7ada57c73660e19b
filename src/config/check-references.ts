import { didYouMean } from './did-you-mean.ts'
import type { Problem } from './problem.ts'

/** The databases that a profile may name. */
export interface KnownDatabases {
  readonly names: ReadonlySet<string>
  /** Why a built-in database cannot be used, by its name. */
  readonly unavailable: ReadonlyMap<string, string>
}

/**
 * Finds profiles whose `from` and `to` name no database, or the same one. It looks into a tree of any shape,
 * so that these problems are told together with those of shape, which are found elsewhere.
 */
export function checkReferences(tree: unknown, known: KnownDatabases): Problem[] {
  return entriesOf(entryOf(tree, 'profiles')).flatMap(([name, profile]) => {
    const path = ['profiles', name]
    const [from, to] = [entryOf(profile, 'from'), entryOf(profile, 'to')]
    const problems = [...checkName(from, [...path, 'from'], known), ...checkName(to, [...path, 'to'], known)]
    if (typeof from === 'string' && from === to) {
      problems.push({ path: [...path, 'to'], message: 'must name another database than `from`' })
    }
    return problems
  })
}

function checkName(name: unknown, path: readonly PropertyKey[], known: KnownDatabases): Problem[] {
  if (typeof name !== 'string' || known.names.has(name)) return []
  const reason = known.unavailable.get(name)
  if (reason !== undefined) return [{ path, message: reason }]
  const names = [...known.names, ...known.unavailable.keys()]
  // The name itself is not shown: a URL or a secret may have slipped in.
  const suggestion =
    didYouMean(name, names) || `; known are ${names.map((known) => `\`${known}\``).join(', ')}`
  return [{ path, message: `no database has this name${suggestion}` }]
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

function entryOf(value: unknown, key: string): unknown {
  return entriesOf(value).find(([name]) => name === key)?.[1]
}
