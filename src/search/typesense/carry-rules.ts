import { isDeepStrictEqual } from 'node:util'
import type { CollectionSchema } from 'typesense'
import { markIn, withMark, withoutMark } from './collection-mark.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'

/** What a collection says of itself beside its fields, and how it says that there is none; sets of rules since version 30. */
const LINKS = { metadata: {}, synonym_sets: [], curation_sets: [] } as const

/**
 * Makes what steers searches in a collection the same as in another one: synonyms, overrides, sets of them, and metadata, for which
 * those that are configured stand. Its `mark` is its own: the one that it has unless given.
 */
export async function carryRules(
  control: ControlPlane,
  from: CollectionSchema,
  to: string,
  metadata: CollectionSchema['metadata'] | undefined,
  mark?: string,
): Promise<void> {
  await carryLinks(control, { ...from, ...(metadata && { metadata }) }, to, mark)
  for (const kind of ['synonyms', 'overrides']) await carryRulesOf(control, kind, from.name, to)
}

/** A clone and a schema that was given have them, or lack some, by version. */
async function carryLinks(
  control: ControlPlane,
  from: CollectionSchema,
  to: string,
  mark: string | undefined,
): Promise<void> {
  const found = await control.call((client) => client.collections(to).retrieve())
  const metadata = withMark(withoutMark(from.metadata), mark ?? markIn(found.metadata))
  const wanted = { ...from, metadata }
  const differing = (['metadata', 'synonym_sets', 'curation_sets'] as const)
    .map((link) => [link, wanted[link] ?? LINKS[link]] as const)
    .filter(([link, wanted]) => !isDeepStrictEqual(wanted, found[link] ?? LINKS[link]))
  if (differing.length === 0) return
  await withExistingSets(Object.fromEntries(differing), (links) =>
    control.call((client) => client.collections(to).update(links)),
  )
}

/** The sets of rules that a collection names, since version 30. */
type NamedSets = Partial<Pick<CollectionSchema, 'synonym_sets' | 'curation_sets'>>

/** Does something with sets of rules, without those that were deleted: a collection goes on naming them, and a new one may not. */
export async function withExistingSets<S extends NamedSets, T>(
  sets: S,
  work: (sets: S) => Promise<T>,
): Promise<T> {
  try {
    return await work(sets)
  } catch (error) {
    const text = isFailure(error, 'missing') ? error.serverText : undefined
    const [, kind, name = ''] = /^(Synonym|Curation) set `(.+)` not found/.exec(text ?? '') ?? []
    const link = kind === 'Synonym' ? 'synonym_sets' : 'curation_sets'
    const named = sets[link]
    if (kind === undefined || named?.includes(name) !== true) throw error
    return withExistingSets({ ...sets, [link]: named.filter((each) => each !== name) }, work)
  }
}

interface Rule {
  readonly id: string
}

async function carryRulesOf(control: ControlPlane, kind: string, from: string, to: string): Promise<void> {
  const wanted = await findRules(control, kind, from)
  // Version 30 has no such paths: then there is nothing to carry.
  if (wanted === undefined) return
  const found = (await findRules(control, kind, to)) ?? new Map<string, Rule>()
  const pathOf = (id: string) => `${rulesPath(to, kind)}/${encodeURIComponent(id)}`
  for (const [id, rule] of wanted) {
    if (isDeepStrictEqual(rule, found.get(id))) continue
    const { id: _, ...content } = rule
    await control.call(({ apiCall }) => apiCall.put(pathOf(id), content))
  }
  for (const id of found.keys())
    if (!wanted.has(id)) await control.find(({ apiCall }) => apiCall.delete(pathOf(id)))
}

/** By path: the client prints a warning of its own where it names them. */
async function findRules(
  control: ControlPlane,
  kind: string,
  collection: string,
): Promise<Map<string, Rule> | undefined> {
  const found = await control.find(({ apiCall }) =>
    apiCall.get<Readonly<Record<string, readonly Rule[]>>>(rulesPath(collection, kind)),
  )
  return found && new Map((found[kind] ?? []).map((rule) => [rule.id, rule]))
}

function rulesPath(collection: string, kind: string): string {
  return `/collections/${encodeURIComponent(collection)}/${kind}`
}
