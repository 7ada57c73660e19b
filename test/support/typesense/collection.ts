/** A document as it was parsed. */
export type Document = Record<string, unknown>

/** A document and the JSON text it was last written as, which keeps numbers beyond 2^53 as they were sent. */
export interface StoredDocument {
  readonly document: Document
  readonly text: string
}

/** A field of a schema, with the defaults that a server fills in. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly optional: boolean
  readonly index: boolean
  readonly [property: string]: unknown
}

/** What a collection is created with, and what PATCH changes. */
export interface Schema {
  readonly name: string
  fields: Field[]
  readonly default_sorting_field: string
  readonly enable_nested_fields: boolean
  readonly token_separators: readonly string[]
  readonly symbols_to_index: readonly string[]
  metadata?: unknown
  synonym_sets?: unknown
  curation_sets?: unknown
}

/** A collection with its documents, and what version 29 keeps beside them. */
export interface Collection {
  readonly schema: Schema
  /** When the server applied its creation: another time after each replay of its log. */
  createdAt: number
  /** How much of it a replay of the log has brought back, from 0 to 1. */
  replayed: number
  readonly documents: Map<string, StoredDocument>
  /** Writes that nothing shows yet: when they will be seen, and what is seen until then. */
  readonly unseen: Map<string, Unseen>
  /** The fields that refer to another collection: bound to a concrete one when they were made. */
  readonly references: Map<string, Reference>
  readonly synonyms: Map<string, Document>
  readonly overrides: Map<string, Document>
  /** Lines counted but not kept, by a server that is instant. */
  readonly countedIds: Set<string>
  nextId: number
  /** A change of the schema that is under way. */
  alteration?: Promise<void> | undefined
}

/** What a field refers to. */
interface Reference {
  readonly collection: string
  readonly field: string
}

/** A write that lags, in milliseconds since the epoch. */
interface Unseen {
  readonly until: number
  readonly before: StoredDocument | undefined
}

/** An empty collection of a schema. */
export function emptyCollection(schema: Schema): Collection {
  return {
    schema,
    createdAt: Math.floor(Date.now() / 1000),
    replayed: 1,
    documents: new Map(),
    unseen: new Map(),
    references: new Map(),
    synonyms: new Map(),
    overrides: new Map(),
    countedIds: new Set(),
    nextId: 0,
  }
}

/** Stores a document, or removes it when there is none; readers see it `lagMs` later. */
export function write(
  { documents, unseen }: Collection,
  id: string,
  stored: StoredDocument | undefined,
  lagMs: number,
): void {
  if (lagMs > 0) {
    const before = unseen.has(id) ? unseen.get(id)?.before : documents.get(id)
    unseen.set(id, { until: Date.now() + lagMs, before })
  } else {
    unseen.delete(id)
  }
  if (stored === undefined) documents.delete(id)
  else documents.set(id, stored)
}

/** The documents as readers see them now. */
export function visibleDocuments({
  documents,
  unseen,
  replayed,
}: Collection): ReadonlyMap<string, StoredDocument> {
  if (replayed < 1) return new Map([...documents].slice(0, Math.floor(documents.size * replayed)))
  for (const [id, { until }] of unseen) if (until <= Date.now()) unseen.delete(id)
  if (unseen.size === 0) return documents
  const visible = new Map(documents)
  for (const [id, { before }] of unseen) {
    if (before === undefined) visible.delete(id)
    else visible.set(id, before)
  }
  return visible
}

/** What GET /collections/:collection answers. */
export function summaryOf(collection: Collection): Document {
  return {
    created_at: collection.createdAt,
    ...collection.schema,
    // It takes them for those in which it keeps what references lead to.
    fields: collection.schema.fields.filter(({ name }) => !name.endsWith('_sequence_id')),
    num_documents: visibleDocuments(collection).size + collection.countedIds.size,
  }
}
