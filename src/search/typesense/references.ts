import type { CollectionSchema } from 'typesense'
import type { Finding } from '../../core/finding.ts'
import type { Collection } from '../search-index.ts'
import { isMark } from './collection-mark.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'
import { parsedJson, valuesAt } from './json-values.ts'
import { findDocuments } from './list-documents.ts'
import type { CollectionSettings, FieldSettings } from './typesense-settings.ts'

/** Whether a name is one of a collection that was made for searches by another name. */
export function isMadeFor(concrete: string, name: string): boolean {
  return concrete.startsWith(`${name}_`) && /^\d{17}$/.test(concrete.slice(name.length + 1))
}

/** The name for whose searches mbsync has made a collection; undefined if it has made none of that name, or it has no mark. */
export function madeFor({ name, identity }: Collection): string | undefined {
  return isMark(identity) ? /^(.+)_\d{17}$/.exec(name)?.[1] : undefined
}

/** The collection that a field refers to; undefined if it refers to none. */
function referredBy({ reference }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof reference !== 'string' || reference === '') return undefined
  return reference.slice(0, reference.indexOf('.'))
}

/**
 * A schema whose references lead to new collections instead of those that searches reach: a server binds them to a concrete collection when
 * it creates theirs, and knows no other afterwards.
 */
export async function withReferencesTo(
  control: ControlPlane,
  schema: CollectionSettings,
  replacements: ReadonlyMap<string, string>,
): Promise<CollectionSettings> {
  // All others by the names of what searches reach now, so that the schema shows what they are bound to.
  const bound = new Map(replacements)
  for (const target of schema.fields.flatMap((field) => referredBy(field) ?? [])) {
    const reached = bound.has(target) ? undefined : await reachedBy(control, target)
    if (reached !== undefined && isMadeFor(reached, target)) bound.set(target, reached)
  }
  const fields = schema.fields.map((field) => {
    const target = referredBy(field)
    const replacement = target === undefined ? undefined : bound.get(target)
    if (target === undefined || replacement === undefined) return field
    return { ...field, reference: `${replacement}${String(field.reference).slice(target.length)}` }
  })
  return { ...schema, fields }
}

/** Whether references mean the same collection and field: one that is configured names what searches use. */
export function isSameReference(wanted: unknown, found: unknown): boolean {
  if (wanted === found) return true
  if (typeof wanted !== 'string' || typeof found !== 'string') return false
  const [from = '', to = ''] = [referredBy({ reference: wanted }), referredBy({ reference: found })]
  return isMadeFor(to, from) && found.slice(to.length) === wanted.slice(from.length)
}

/** The collection that searches reach by a name; undefined if there is none, or none that the key may see. */
async function reachedBy({ find }: ControlPlane, name: string): Promise<string | undefined> {
  return find((client) => client.collections(name).retrieve())
    .then((found) => found?.name)
    .catch((error: unknown) => {
      if (isFailure(error, 'forbidden')) return undefined
      throw error
    })
}

/** Whether references of a collection are bound to one that was made for searches by a name which leads elsewhere now, or with these `replacements`. */
export async function isMisled(
  control: ControlPlane,
  name: string,
  { fields }: CollectionSettings,
  replacements: ReadonlyMap<string, string> = new Map(),
): Promise<boolean> {
  const names = fields.flatMap((field) => referredBy(field) ?? [])
  if (names.length === 0) return false
  const own = await control.call((client) => client.collections(name).retrieve())
  for (const target of names) {
    const bound = own.fields
      .flatMap((field) => referredBy(field) ?? [])
      .filter((each) => isMadeFor(each, target))
    const reached = replacements.get(target) ?? (await reachedBy(control, target))
    if (reached !== undefined && bound.some((each) => each !== reached)) return true
  }
  return false
}

/**
 * Finds the collections that searches reach and that refer to one that would be replaced: joins with its successor fail until they are
 * rebuilt, too. Those in `together` are rebuilt by the same run.
 */
export async function checkReferences(
  control: ControlPlane,
  name: string,
  live: CollectionSchema,
  isRebuild: boolean,
  together: readonly string[],
): Promise<Finding[]> {
  const { collections, aliases } = await readAllCollections(control)
  const nameOf = (concrete: string) =>
    aliases.find((alias) => alias.collection_name === concrete)?.name ?? concrete
  const isReached = (concrete: string) => nameOf(concrete) !== concrete || !/_\d{17}$/.test(concrete)
  const refers = (field: FieldSettings) => [name, live.name].includes(referredBy(field) ?? '')
  return collections
    .filter((other) => other.name !== live.name && isReached(other.name) && other.fields.some(refers))
    .filter((other) => !together.includes(nameOf(other.name)))
    .map((other) => referring(name, nameOf(other.name), other.fields.filter(refers), isRebuild))
}

/** All collections and aliases; none for a key that may not list them, as what may be rebuilt is asked for elsewhere. */
async function readAllCollections({ call }: ControlPlane) {
  return Promise.all([
    call((client) => client.collections().retrieve()),
    call((client) => client.aliases().retrieve()),
  ])
    .then(([collections, { aliases }]) => ({ collections, aliases }))
    .catch((error: unknown) => {
      if (isFailure(error, 'forbidden')) return { collections: [], aliases: [] }
      throw error
    })
}

/**
 * Finds the documents of other collections that refer to some of one. A server deletes them together with the last one that they refer to, or
 * takes the reference out of them.
 */
export async function* findReferring(
  control: ControlPlane,
  collection: string,
  ids: readonly string[],
): AsyncGenerator<{ readonly collection: string; readonly ids: readonly string[] }, void> {
  const { collections, aliases } = await readAllCollections(control)
  const own = [
    collection,
    ...aliases.filter((each) => each.collection_name === collection).map(({ name }) => name),
  ]
  const values = new Map<string, readonly (string | number)[]>([['id', ids]])
  for (const other of collections) {
    for (const field of other.fields) {
      const target = referredBy(field)
      if (target === undefined || !own.includes(target)) continue
      const referred = String(field.reference).slice(target.length + 1)
      const wanted = values.get(referred) ?? (await readValues(control, collection, ids, referred))
      values.set(referred, wanted)
      try {
        for await (const found of findDocuments(control.transport, other.name, field.name, wanted))
          yield { collection: other.name, ids: found.map(({ id }) => id) }
      } catch (error) {
        // What a key may not read, or is dropped meanwhile, is found by its count, if it is of a search index.
        if (!isFailure(error, 'forbidden', 'missing')) throw error
      }
    }
  }
}

async function readValues(
  { transport }: ControlPlane,
  collection: string,
  ids: readonly string[],
  field: string,
): Promise<(string | number)[]> {
  const values: (string | number)[] = []
  for await (const documents of findDocuments(transport, collection, 'id', ids, field)) {
    const found = documents.flatMap(({ json }) => valuesAt(parsedJson(json), field.split('.'))).flat()
    for (const value of found) if (typeof value === 'string' || typeof value === 'number') values.push(value)
  }
  return values
}

function referring(
  name: string,
  other: string,
  fields: readonly FieldSettings[],
  isRebuild: boolean,
): Finding {
  const what = `The collection ${other} refers to it (${fields.map((field) => field.name).join(', ')})`
  return {
    severity: isRebuild ? 'error' : 'note',
    subject: name,
    message: isRebuild
      ? `${what}: its joins would fail, and its documents would be rejected, if ${name} were rebuilt alone`
      : `${what}, so the two can only be rebuilt together`,
    hint: 'Make it a search index of the profile, too, and rebuild both with one command: `mbsync typesense rebuild`.',
  }
}
