import { ApiError } from './api-error.ts'
import type { DirtyValues } from './check-value.ts'
import { type Collection, type Document, type StoredDocument, write } from './collection.ts'
import { isDynamic } from './complete-schema.ts'
import { detectFields } from './detect-fields.ts'
import { checkReferences } from './references.ts'
import type { Store } from './store.ts'
import { validateDocument } from './validate-document.ts'

/** What is done with a document whose id is there already, or is not. */
export type Action = 'create' | 'upsert' | 'update' | 'emplace'

/** How documents are taken in. */
export interface Acceptance {
  readonly store: Store
  readonly collection: Collection
  readonly action: Action
  readonly dirty: DirtyValues
  readonly lagMs: number
}

/** Takes a document in, or throws why not. */
export function acceptDocument(
  given: StoredDocument,
  acceptance: Acceptance,
): { readonly id: string; readonly document: Document } {
  const { collection, action, dirty, lagMs } = acceptance
  const id = idOf(given.document, acceptance)
  const old = collection.documents.get(id)
  if (action === 'create' && old !== undefined) {
    throw new ApiError(409, `A document with id ${id} already exists.`)
  }
  if (action === 'update' && old === undefined) {
    throw new ApiError(404, `Could not find a document with id: ${id}`)
  }
  const isPartial = old !== undefined && (action === 'update' || action === 'emplace')
  const detected = detectFields(given.document, collection.schema)
  const schema = { ...collection.schema, fields: [...collection.schema.fields, ...detected] }
  const valid = validateDocument({ ...given.document, id }, schema, { dirty, isPartial })
  checkReferences(acceptance.store, collection, { ...(isPartial ? old.document : {}), ...given.document })
  collection.schema.fields.push(...detected)
  const unstored = schema.fields.filter(({ store }) => store === false).map(({ name }) => name)
  const document = without(isPartial ? { ...old.document, ...valid } : valid, unstored)
  const isAsGiven = !isPartial && 'id' in given.document && unstored.length === 0
  const text = isAsGiven ? given.text : JSON.stringify(document)
  write(collection, id, { document, text }, lagMs)
  return { id, document }
}

/** Whether a parameter names an action. */
export function isAction(name: string): name is Action {
  return ['create', 'upsert', 'update', 'emplace'].includes(name)
}

/** What is done with dirty values: schemas with dynamic fields coerce unless told otherwise. */
export function parseDirtyValues(name: string | undefined, { schema }: Collection): DirtyValues {
  const lower = name?.toLowerCase() ?? ''
  if (['reject', 'drop', 'coerce_or_reject', 'coerce_or_drop'].includes(lower)) return lower as DirtyValues
  return schema.fields.some(isDynamic) ? 'coerce_or_reject' : 'reject'
}

function idOf({ id }: Document, { collection, action }: Acceptance): string {
  if (id === undefined) {
    if (action === 'update') throw new ApiError(400, 'For update, the `id` key must be provided.')
    const next = String(collection.nextId)
    collection.nextId += 1
    return next
  }
  if (id === '') throw new ApiError(400, 'The `id` should not be empty.')
  if (typeof id !== 'string') throw new ApiError(400, "Document's `id` field should be a string.")
  return id
}

/** What is indexed and not stored is gone from the document. */
function without(document: Document, names: readonly string[]): Document {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)))
}
