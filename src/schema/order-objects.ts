import { groupBy } from '../core/group-by.ts'
import { breakCircles, type OrderableObject } from './break-circles.ts'
import type { ObjectId } from './object-id.ts'
import { quoteQualified } from './quote-name.ts'
import type { ObjectKind, SchemaObject, UnsupportedObject } from './schema-object.ts'

/**
 * Orders objects so that they can be created: by section, kind and name, each after what it needs. Views in a circle are preceded by a
 * placeholder, as in `pg_dump`. Objects that need post-data move there. Objects that need an unsupported object are unsupported, too.
 */
export function orderObjects(
  objects: readonly OrderableObject[],
  unsupported: readonly UnsupportedObject[] = [],
): CreatableObjects {
  const acyclic = breakCircles(objects)
  return leaveOut(inOrderOfNeed(sort(acyclic.objects)), [...unsupported, ...acyclic.unsupported])
}

/** Pre-data first, then by kind and by name. Names are written for one kind at a time, because those of a large schema together take megabytes. */
function sort(objects: readonly SchemaObject[]): SchemaObject[] {
  const sections = ['pre-data', 'post-data'] as const
  return sections.flatMap((section) => {
    const own = objects.filter((object) => object.section === section)
    const byRank = [...groupBy(own, rankOf)].sort(([a], [b]) => a - b)
    return byRank.flatMap(([, group]) =>
      group
        .map((object) => ({ object, key: sortKey(object) }))
        .sort((a, b) => compareKeys(a.key, b.key))
        .map(({ object }) => object),
    )
  })
}

/** Depth first: what an object needs comes right before it, in the order of the list. */
function inOrderOfNeed(sorted: readonly SchemaObject[]): SchemaObject[] {
  const places = new Map(sorted.map(({ id }, place) => [id, place]))
  const ordered = new Set<SchemaObject>()
  const opened = new Set<ObjectId>()
  const stack = [...sorted].reverse()
  for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
    if (ordered.has(object)) continue
    if (opened.has(object.id)) {
      ordered.add(object)
      continue
    }
    opened.add(object.id)
    stack.push(object)
    const needed = object.dependsOn.flatMap((id) => places.get(id) ?? []).sort((a, b) => b - a)
    for (const place of needed) {
      const other = sorted[place]
      if (other !== undefined && !opened.has(other.id)) stack.push(other)
    }
  }
  return [...ordered]
}

/** Objects that can be created, and those that cannot. */
interface CreatableObjects {
  readonly objects: readonly SchemaObject[]
  readonly unsupported: readonly UnsupportedObject[]
}

/** Removes the unsupported objects, and all that need one of them, from objects in the order of creation. */
export function leaveOut(
  all: readonly SchemaObject[],
  unsupported: readonly UnsupportedObject[],
): CreatableObjects {
  const left = new Map<ObjectId, UnsupportedObject>(unsupported.map((object) => [object.id, object]))
  const objects = all.filter((object) => {
    const { id, identity, of, table, placeholderOf = id } = object
    const needed = object.dependsOn.find((other) => left.has(other))
    if (needed === undefined || left.has(id)) return !left.has(id)
    const reason = `it needs ${left.get(needed)?.identity}, which cannot be created`
    const relation = of ?? table?.name
    left.set(id, { id: placeholderOf, identity, reason, ...(relation === undefined ? {} : { of: relation }) })
    return false
  })
  const named = new Map([...left.values()].map((object) => [object.identity, object]))
  return { objects, unsupported: [...named.values()].sort((a, b) => (a.identity < b.identity ? -1 : 1)) }
}

/** Groups of kinds, in the order of creation if no dependency decides. */
const ORDER: readonly (readonly ObjectKind[])[] = [
  ['schema'],
  ['extension'],
  ['collation'],
  ['type', 'domain'],
  ['text search parser'],
  ['text search template'],
  ['text search dictionary'],
  ['text search configuration'],
  // The body of a function may need these without the catalog knowing: to cast, to sort and to group.
  ['cast', 'conversion'],
  ['operator'],
  ['operator family'],
  ['operator class'],
  ['function', 'aggregate'],
  ['sequence', 'table', 'default', 'partition', 'view', 'materialized view'],
  ['constraint'],
  ['index'],
  ['index partition'],
  ['statistics'],
  ['trigger'],
  ['rule'],
  ['row security', 'policy'],
  ['publication'],
  ['privileges', 'default privileges'],
  // An event trigger would act on everything that is created after it.
  ['event trigger'],
]

const RANKS = new Map(ORDER.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)))

type SortKey = readonly (string | number)[]

function compareKeys(left: SortKey, right: SortKey): number {
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other !== undefined && part !== other) return part < other ? -1 : 1
  }
  return 0
}

/** By the name of the table or of the object itself. */
function sortKey({ kind, of, identity, placeholderOf }: SchemaObject): SortKey {
  const own = identity.replace(/^[A-Z ]+ /, '')
  const name = of === undefined ? own : quoteQualified(of)
  return [name, of === undefined ? 0 : 1, kind, own, placeholderOf === undefined ? 1 : 0, identity]
}

/** Foreign keys come after all indexes. */
function rankOf({ section, kind, constraint, of }: SchemaObject): number {
  const rank = RANKS.get(kind) ?? ORDER.length
  if (kind !== 'constraint') return rank
  // A domain accepts no further check once a column has an array of it.
  if (section === 'pre-data' && of === undefined) return RANKS.get('domain') ?? rank
  if (section === 'pre-data') return RANKS.get('table') ?? rank
  return constraint?.kind === 'foreign key' ? (RANKS.get('statistics') ?? rank) - 0.5 : rank
}
