import type { ObjectId } from './object-id.ts'
import type { DraftObject } from './read/read-context.ts'
import type { Dependencies } from './read/read-dependencies.ts'

/** The dependencies of an object on others. */
export interface Needs {
  readonly dependsOn: readonly ObjectId[]
  /** The dependencies of its placeholder, if it has one. */
  readonly placeholderDependsOn?: readonly ObjectId[]
}

/**
 * Finds the objects that an object needs. The catalog has dependencies between rows, and several rows can be created with one object: a row type with its
 * table, a default with its table, a function with its extension.
 * @param drafts all objects
 */
export function resolverOf(
  drafts: readonly DraftObject[],
  dependencies: Dependencies,
  unsupported: readonly { readonly id: ObjectId }[],
): <T extends DraftObject>(draft: T) => Omit<T, 'parts' | 'independentOf' | 'dependsOn'> & Needs {
  const wholes = new Map<ObjectId, ObjectId>(unsupported.map(({ id }) => [id, id]))
  for (const { id, parts = [] } of drafts) {
    wholes.set(id, id)
    for (const part of parts) wholes.set(part.id, id)
  }
  const wholeOf = (id: ObjectId) => findWhole(id, wholes, dependencies)
  return (draft) => {
    const { parts = [], independentOf = [], dependsOn = [], ...object } = draft
    const { id, placeholder } = draft
    const find = (rows: readonly ObjectId[]) => {
      const references = rows.flatMap((row) => dependencies.of(row).map(({ to }) => to))
      const needed = references.filter((to) => !independentOf.includes(to)).flatMap((to) => wholeOf(to) ?? [])
      const found = new Set([...needed, ...dependsOn.flatMap((to) => wholeOf(to) ?? [])])
      found.delete(id)
      return [...found]
    }
    const needs = find([id, ...parts.map((part) => part.id)])
    return placeholder === undefined
      ? { dependsOn: needs, ...object }
      : { dependsOn: needs, placeholderDependsOn: find([id]), ...object }
  }
}

/** A row that belongs to no object is created by the object that it depends on most closely. */
const MAKES = ['i', 'e', 'a']

function findWhole(
  id: ObjectId,
  wholes: Map<ObjectId, ObjectId>,
  dependencies: Dependencies,
  path: readonly ObjectId[] = [],
): ObjectId | undefined {
  const known = wholes.get(id)
  if (known !== undefined || path.includes(id)) return known
  const references = dependencies.of(id)
  for (const type of MAKES) {
    for (const { to } of references.filter((reference) => reference.type === type)) {
      const whole = findWhole(to, wholes, dependencies, [...path, id])
      if (whole === undefined) continue
      wholes.set(id, whole)
      return whole
    }
  }
  return undefined
}
