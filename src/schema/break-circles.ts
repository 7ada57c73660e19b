import type { ObjectId } from './object-id.ts'
import type { DescribedObject } from './read/describe.ts'
import type { Needs } from './resolve-dependencies.ts'
import type { ObjectKind, SchemaObject, UnsupportedObject } from './schema-object.ts'

/** Kinds that may be created after the rows if they need post-data, because tables do not consist of them. */
const MOVABLE: ReadonlySet<ObjectKind> = new Set([
  'view',
  'materialized view',
  'function',
  'aggregate',
  'default',
])

/**
 * Changes objects that cannot be created in the order of their dependencies. A view gets a placeholder if it is part of a circle, or if a
 * table needs it and it needs post-data (as with GROUP BY over a primary key). The placeholder exists until the view replaces it. Every
 * other object that needs post-data moves there.
 */
export function breakCircles(objects: readonly OrderableObject[]): {
  readonly objects: readonly SchemaObject[]
  readonly unsupported: readonly UnsupportedObject[]
} {
  const split = new Set(objects.filter((object) => object.isSelfReading === true).map(({ id }) => id))
  for (;;) {
    const nodes = objects.flatMap((object) => nodesOf(object, split))
    const dependents = dependentsOf(nodes)
    const late = findLate(nodes, dependents)
    const knotted = findKnotted(nodes, dependents)
    const stuck = nodes.filter(({ id, kind }) => late.has(id) && !MOVABLE.has(kind))
    const inTheWay = [...knotted, ...neededBy(stuck, nodes).filter(({ id }) => late.has(id))]
    const views = inTheWay.filter(({ id, placeholder }) => placeholder !== undefined && !split.has(id))
    for (const { id } of views) split.add(id)
    if (views.length > 0) continue
    return {
      objects: nodes.map((node) => toObject(node, late)),
      unsupported: [...new Set([...knotted, ...stuck])].map(unordered),
    }
  }
}

/** A view that is split depends on its placeholder. For objects that need the view, the placeholder is enough. */
function nodesOf(object: OrderableObject, split: ReadonlySet<ObjectId>): OrderableObject[] {
  const dependsOn = placeholders(object.dependsOn, split)
  if (!split.has(object.id)) return [dependsOn === object.dependsOn ? object : { ...object, dependsOn }]
  const { placeholder = [], placeholderDependsOn = [], ...view } = object
  const stand: OrderableObject = {
    ...view,
    id: placeholderId(object.id),
    create: placeholder,
    describe: [],
    grants: [],
    dependsOn: placeholders(placeholderDependsOn, split),
    placeholderDependsOn: [],
    placeholderOf: object.id,
  }
  const create = view.create.map((statement) => statement.replace(/^CREATE VIEW/, 'CREATE OR REPLACE VIEW'))
  return [stand, { ...object, create, dependsOn: [...dependsOn, stand.id] }]
}

function placeholderId(id: ObjectId): ObjectId {
  return `${id}:placeholder`
}

function placeholders(ids: readonly ObjectId[], split: ReadonlySet<ObjectId>): readonly ObjectId[] {
  return ids.some((id) => split.has(id)) ? ids.map((id) => (split.has(id) ? placeholderId(id) : id)) : ids
}

/** The objects of pre-data that need one of post-data, directly or through others. */
function findLate(nodes: readonly OrderableObject[], dependents: Dependents): ReadonlySet<ObjectId> {
  const late = new Set<ObjectId>()
  const open = nodes.filter(({ section }) => section === 'post-data')
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const dependent of dependents.get(node.id) ?? []) {
      if (dependent.section === 'post-data' || late.has(dependent.id)) continue
      late.add(dependent.id)
      open.push(dependent)
    }
  }
  return late
}

/** The objects that remain after repeatedly removing those that need no other, or that no other needs. */
function findKnotted(nodes: readonly OrderableObject[], dependents: Dependents): OrderableObject[] {
  const needs = (node: OrderableObject) => node.dependsOn
  const neededBy = ({ id }: OrderableObject) => (dependents.get(id) ?? []).map((dependent) => dependent.id)
  return untangle(untangle(nodes, needs), neededBy)
}

/** Removes objects without a neighbour until all have one. */
function untangle(
  nodes: readonly OrderableObject[],
  neighbours: (node: OrderableObject) => readonly ObjectId[],
): OrderableObject[] {
  let left = [...nodes]
  for (;;) {
    const ids = new Set(left.map(({ id }) => id))
    const tangled = left.filter((node) => neighbours(node).some((id) => ids.has(id)))
    if (tangled.length === left.length) return left
    left = tangled
  }
}

/** The objects that need each object. */
type Dependents = ReadonlyMap<ObjectId, readonly OrderableObject[]>

function dependentsOf(nodes: readonly OrderableObject[]): Dependents {
  const dependents = new Map<ObjectId, OrderableObject[]>()
  for (const node of nodes) {
    for (const id of node.dependsOn) {
      const known = dependents.get(id)
      if (known === undefined) dependents.set(id, [node])
      else known.push(node)
    }
  }
  return dependents
}

/** Everything that some objects need, directly or through others. */
function neededBy(from: readonly OrderableObject[], nodes: readonly OrderableObject[]): OrderableObject[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const seen = new Set<OrderableObject>()
  const open = [...from]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    open.push(...node.dependsOn.flatMap((id) => byId.get(id) ?? []))
  }
  return [...seen]
}

function toObject(node: OrderableObject, late: ReadonlySet<ObjectId>): SchemaObject {
  const isLate = late.has(node.id)
  if (!isLate && node.placeholder === undefined && node.isSelfReading === undefined) return node
  const {
    placeholder: _placeholder,
    placeholderDependsOn: _needs,
    isSelfReading: _isSelfReading,
    ...object
  } = node
  return isLate ? { ...object, section: 'post-data' } : object
}

function unordered({ id, identity }: OrderableObject): UnsupportedObject {
  return {
    id,
    identity,
    reason: 'it and objects that it needs depend on each other, so none can be created first',
    hint: 'Create it in the target by hand, or leave it out with `--skip-unsupported`.',
  }
}

/** An object whose dependencies are resolved, for sorting. */
export type OrderableObject = Omit<DescribedObject, 'parts' | 'independentOf'> & Needs
