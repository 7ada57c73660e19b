import { ApiError } from './api-error.ts'
import { type Collection, type Document, type Field, write } from './collection.ts'
import { findCollection, type Store } from './store.ts'

/** Binds the references of a new collection, or of its new fields, to the concrete collections that their names lead to now. */
export function bindReferences(store: Store, collection: Collection): void {
  const { references, schema } = collection
  for (const { name, reference } of schema.fields) {
    if (typeof reference !== 'string' || reference === '' || references.has(name)) continue
    const [target = '', field = ''] = [
      reference.slice(0, reference.indexOf('.')),
      reference.slice(reference.indexOf('.') + 1),
    ]
    references.set(name, { collection: findCollection(store, target)?.schema.name ?? target, field })
  }
}

/** Throws what a server says of a document that refers to one that is not there. */
export function checkReferences(store: Store, referring: Collection, document: Document): void {
  for (const [name, { collection, field }] of referring.references) {
    const value = document[name]
    const { optional = false, async_reference = false } = fieldOf(referring, name)
    if (value === undefined || value === null) {
      if (optional) continue
      throw new ApiError(400, `Missing the required reference field \`${name}\` in the document.`)
    }
    if (async_reference === true) continue
    const target = findCollection(store, collection)
    if (target === undefined) throw new ApiError(400, `Referenced collection \`${collection}\` not found.`)
    for (const each of Array.isArray(value) ? value : [value])
      expectReferenced(target, collection, field, each)
  }
}

function expectReferenced({ documents }: Collection, name: string, field: string, value: unknown): void {
  if (field === 'id') {
    if (documents.has(String(value))) return
    throw new ApiError(
      400,
      `Referenced document having \`id: ${value}\` not found in the collection \`${name}\`.`,
    )
  }
  if ([...documents.values()].some(({ document }) => document[field] === value)) return
  throw new ApiError(
    400,
    `Reference document having \`${field}:= ${value}\` not found in the collection \`${name}\`.`,
  )
}

/** Throws what a server says of a join between collections that are not bound to each other. */
export function checkJoin(store: Store, collection: Collection, filter: string): void {
  for (const [, name = ''] of filter.matchAll(/\$([\w-]+)\(/g)) {
    const other = findCollection(store, name)
    if (other === undefined) throw new ApiError(400, `Referenced collection \`${name}\` not found.`)
    const isBound = (from: Collection, to: Collection) =>
      [...from.references.values()].some((each) => each.collection === to.schema.name)
    if (isBound(collection, other) || isBound(other, collection)) continue
    throw new ApiError(400, `Failed to join on \`${other.schema.name}\`: No reference field found.`)
  }
}

/** Removes a document, and as a server does, the documents that refer to nothing else; from others it takes the reference. */
export function removeDocument(store: Store, collection: Collection, id: string, lagMs: number): void {
  const removed = collection.documents.get(id)?.document
  if (removed === undefined) return
  for (const other of store.collections.values()) {
    for (const [name, reference] of other.references) {
      const isBound = reference.collection === collection.schema.name
      if (isBound && fieldOf(other, name).cascade_delete !== false)
        removeReferences(store, other, name, removed[reference.field], lagMs)
    }
  }
  write(collection, id, undefined, lagMs)
}

function removeReferences(store: Store, other: Collection, name: string, value: unknown, lagMs: number) {
  for (const [id, { document }] of [...other.documents]) {
    const referred = document[name]
    const isAmong = Array.isArray(referred) && referred.includes(value)
    if (!isAmong && referred !== value) continue
    const keep = (changed: Document) =>
      write(other, id, { document: changed, text: JSON.stringify(changed) }, lagMs)
    const { [name]: _, ...without } = document
    const refersToMore = [...other.references.keys()].some((each) => each !== name && each in document)
    if (isAmong && referred.length > 1)
      keep({ ...document, [name]: referred.filter((each) => each !== value) })
    else if (refersToMore && fieldOf(other, name).optional) keep(without)
    else removeDocument(store, other, id, lagMs)
  }
}

function fieldOf({ schema }: Collection, name: string): Partial<Field> {
  return schema.fields.find((field) => field.name === name) ?? {}
}
