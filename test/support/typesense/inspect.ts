import {
  type Collection,
  type Document,
  emptyCollection,
  type StoredDocument,
  visibleDocuments,
  write,
} from './collection.ts'
import { completeSchema } from './complete-schema.ts'
import { addKey, type NewKey } from './handle-keys.ts'
import { bindReferences } from './references.ts'
import { endRestart, type RestartOptions, restartServer } from './restart-server.ts'
import { type ApiKey, findCollection, type Health, type Store } from './store.ts'

/** What tests see and change behind the client's back. */
export interface Inspection {
  /** By concrete name; as the server holds them. */
  readonly collections: Map<string, Collection>
  /** The names that aliases lead to; as the server holds them. */
  readonly aliases: Map<string, string>
  /** Sets of rules and presets, by their names; as the server holds them. */
  readonly synonymSets: Map<string, Document>
  readonly curationSets: Map<string, Document>
  readonly presets: Map<string, Document>
  /** The documents of a collection or alias by id, those that lag among them. */
  documentsOf(name: string): Map<string, Document>
  /** The same documents as the texts that they were sent as, which keep large numbers exact. */
  textsOf(name: string): Map<string, string>
  /** The documents that reads show now. */
  visibleDocumentsOf(name: string): Map<string, Document>
  createCollection(schema: Document): Collection
  /** Puts a document in without a check. */
  putDocument(name: string, document: Document & { readonly id: string }): void
  removeDocument(name: string, id: string): void
  addKey(key: NewKey): ApiKey
  setHealth(health: Health): void
  /** Restarts the server, whose log is then replayed. */
  restart(options?: RestartOptions): void
  /** Lets the replay come to its end. */
  endRestart(): void
  /** Drops collections, aliases, keys and sets; faults and the log stay. */
  dropEverything(): void
}

/** Opens a store to tests. */
export function inspect(store: Store): Inspection {
  const existing = (name: string) => {
    const collection = findCollection(store, name)
    if (collection === undefined) throw new Error(`No collection or alias named ${name}`)
    return collection
  }
  return {
    collections: store.collections,
    aliases: store.aliases,
    synonymSets: store.synonymSets,
    curationSets: store.curationSets,
    presets: store.presets,
    documentsOf: (name) => mapped(existing(name).documents, ({ document }) => document),
    textsOf: (name) => mapped(existing(name).documents, ({ text }) => text),
    visibleDocumentsOf: (name) => mapped(visibleDocuments(existing(name)), ({ document }) => document),
    createCollection: (schema) => {
      const collection = emptyCollection(completeSchema(schema, store.version))
      store.collections.set(collection.schema.name, collection)
      bindReferences(store, collection)
      return collection
    },
    putDocument: (name, document) => {
      write(existing(name), document.id, { document, text: JSON.stringify(document) }, 0)
    },
    removeDocument: (name, id) => write(existing(name), id, undefined, 0),
    addKey: (key) => addKey(store, key),
    setHealth: (health) => {
      store.health = health
    },
    restart: (options = {}) => restartServer(store, options),
    endRestart: () => endRestart(store),
    dropEverything: () => {
      const { collections, aliases, keys, synonymSets, curationSets, presets } = store
      for (const map of [collections, aliases, keys, synonymSets, curationSets, presets]) map.clear()
    },
  }
}

function mapped<T>(
  documents: ReadonlyMap<string, StoredDocument>,
  to: (stored: StoredDocument) => T,
): Map<string, T> {
  return new Map(Array.from(documents, ([id, stored]) => [id, to(stored)]))
}
