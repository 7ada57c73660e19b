import type { Unavailable } from '../config.ts'
import { BUILT_IN_DATABASES, BUILT_IN_PROFILE, ONE_OFF_PROFILE } from './built-in.ts'
import { didYouMean } from './did-you-mean.ts'
import { displayKey, type Problem } from './problem.ts'

/**
 * Finds profiles whose `from` and `to` name no database, or the same one, or whose `search` names no search index. It looks into a tree of any shape,
 * so that these problems are told together with those of shape, which are found elsewhere.
 * `unavailable` says why a built-in database cannot be used, by its name.
 */
export function checkReferences(tree: unknown, unavailable: ReadonlyMap<string, Unavailable>): Problem[] {
  const declared = new Set(entriesOf(entryOf(tree, 'databases')).map(([name]) => name))
  const check = (name: unknown, path: readonly PropertyKey[]) => checkName(name, path, declared, unavailable)
  const searchIndexes = new Set(entriesOf(entryOf(tree, 'search')).map(([name]) => name))
  const profiles = entriesOf(entryOf(tree, 'profiles')).flatMap(([name, profile]) => {
    const path = ['profiles', name]
    const [from, to] = [entryOf(profile, 'from'), entryOf(profile, 'to')]
    const problems = [...check(from, [...path, 'from']), ...check(to, [...path, 'to'])]
    if (typeof from === 'string' && from === to) {
      problems.push({ path: [...path, 'to'], message: 'must name another database than `from`' })
    }
    return [...problems, ...checkSearch(entryOf(profile, 'search'), [...path, 'search'], searchIndexes)]
  })
  return [...profiles, ...checkHomes(entriesOf(entryOf(tree, 'search'))), ...checkNotified(tree)]
}

/** What the runs of imports are called, which have no profile. */
const IMPORTS = 'import'

/** A name that is no profile's would silence an alert. */
function checkNotified(tree: unknown): Problem[] {
  const declared = entriesOf(entryOf(tree, 'profiles')).map(([name]) => name)
  const known = new Set([...declared, BUILT_IN_PROFILE.name, ONE_OFF_PROFILE, IMPORTS])
  return ['webhooks', 'pings'].flatMap((kind) =>
    entriesOf(entryOf(entryOf(tree, 'notify'), kind)).flatMap(([name, receiver]) => {
      const profiles = entryOf(receiver, 'profiles')
      if (!Array.isArray(profiles)) return []
      return profiles.flatMap((profile, index) => {
        if (typeof profile !== 'string' || known.has(profile)) return []
        const message = `no profile has this name${didYouMean(profile, known)}`
        return [{ path: ['notify', kind, name, 'profiles', index], message }]
      })
    }),
  )
}

function checkName(
  name: unknown,
  path: readonly PropertyKey[],
  declared: ReadonlySet<string>,
  unavailable: ReadonlyMap<string, Unavailable>,
): Problem[] {
  if (typeof name !== 'string' || declared.has(name)) return []
  const known = new Set([...declared, ...BUILT_IN_DATABASES.map((database) => database.name)])
  if (known.has(name)) {
    const reason = unavailable.get(name)?.problem
    return reason === undefined ? [] : [{ path, message: reason }]
  }
  // The name itself is not shown: a URL or another secret may have slipped in.
  const suggestion =
    didYouMean(name, known) ||
    `; known are ${Array.from(known, (each) => `\`${displayKey(each)}\``).join(', ')}`
  return [{ path, message: `no database has this name${suggestion}` }]
}

function checkSearch(names: unknown, path: readonly PropertyKey[], known: ReadonlySet<string>): Problem[] {
  if (!Array.isArray(names)) return []
  return names.flatMap((name, index) => {
    if (typeof name !== 'string' || known.has(name)) return []
    return [{ path: [...path, index], message: `no search index has this name${didYouMean(name, known)}` }]
  })
}

const PLACES: Readonly<Record<string, string>> = { ndjson: 'file', mixedbread: 'store' }

/** Two search indexes in one place would delete each other's documents. */
function checkHomes(indexes: readonly [string, unknown][]): Problem[] {
  const taken = new Map<string, string>()
  return indexes.flatMap(([name, index]) => {
    const key = PLACES[String(entryOf(index, 'type'))] ?? 'collection'
    const home = JSON.stringify([key, entryOf(index, key) ?? (key === 'store' ? '' : name)])
    const other = taken.get(home)
    taken.set(home, other ?? name)
    if (other === undefined) return []
    return [{ path: ['search', name], message: `has the same ${key} as \`${displayKey(other)}\`` }]
  })
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

function entryOf(value: unknown, key: string): unknown {
  return entriesOf(value).find(([name]) => name === key)?.[1]
}
