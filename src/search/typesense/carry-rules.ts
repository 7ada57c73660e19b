import { isDeepStrictEqual } from 'node:util'
import type { CollectionSchema } from 'typesense'
import type { ControlPlane } from './control-plane.ts'

/** What a collection says of itself beside its fields; sets of rules since version 30. */
const LINKS = ['metadata', 'synonym_sets', 'curation_sets'] as const

/** Carries what steers searches over from a collection to a new one: synonyms, overrides, sets of them, and metadata. */
export async function carryRules(
  control: ControlPlane,
  from: CollectionSchema,
  to: string,
  metadata: CollectionSchema['metadata'] | undefined,
): Promise<void> {
  await carryLinks(control, { ...from, ...(metadata && { metadata }) }, to)
  // Version 30 has no such paths: then there is nothing to carry.
  for (const kind of ['synonyms', 'overrides']) await carryRulesOf(control, kind, from.name, to)
}

/** A clone and a schema that was given have them, or lack some, by version. */
async function carryLinks(control: ControlPlane, from: CollectionSchema, to: string): Promise<void> {
  const created = await control.call((client) => client.collections(to).retrieve())
  const lacking = LINKS.filter(
    (link) => !isNothing(from[link]) && !isDeepStrictEqual(from[link], created[link]),
  )
  if (lacking.length === 0) return
  const links = Object.fromEntries(lacking.map((link) => [link, from[link]]))
  await control.call((client) => client.collections(to).update(links))
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

interface Rule {
  readonly id: string
}

/** By path: the client prints a warning of its own where it names them. */
async function carryRulesOf(control: ControlPlane, kind: string, from: string, to: string): Promise<void> {
  const found = await control.find(({ apiCall }) =>
    apiCall.get<Readonly<Record<string, readonly Rule[]>>>(rulesPath(from, kind)),
  )
  for (const { id, ...rule } of found?.[kind] ?? []) {
    const path = `${rulesPath(to, kind)}/${encodeURIComponent(id)}`
    await control.call(({ apiCall }) => apiCall.put(path, rule))
  }
}

function rulesPath(collection: string, kind: string): string {
  return `/collections/${encodeURIComponent(collection)}/${kind}`
}
