import type { Collection, Document, StoredDocument } from './collection.ts'

/** The versions of the server that the stand-in can be. */
export type Version = '29.0' | '30.1'

/** A key that may do some actions on some collections. */
export interface ApiKey {
  readonly id: number
  readonly value: string
  readonly description: string
  /** Such as `documents:import`, `documents:*` or `*`. */
  readonly actions: readonly string[]
  /** Names, regular expressions of whole names, or `*`. */
  readonly collections: readonly string[]
  /** Seconds since the epoch. */
  readonly expires_at: number
}

/** What GET /health tells. */
export interface Health {
  readonly isOk: boolean
  /** Such as OUT_OF_DISK. */
  readonly resourceError?: string
}

/** Everything that a server keeps. */
export interface Store {
  readonly version: Version
  readonly adminKey: string
  readonly isInstant: boolean
  readonly alterMs: number
  readonly maxUrlLength: number
  readonly collections: Map<string, Collection>
  readonly aliases: Map<string, string>
  readonly keys: Map<number, ApiKey>
  readonly synonymSets: Map<string, Document>
  readonly curationSets: Map<string, Document>
  readonly presets: Map<string, Document>
  health: Health
  nextKeyId: number
  /** A restart that the server is not over yet. */
  restart?: Restart | undefined
}

/** What is left of a restart, in requests. */
interface Restart {
  /** Requests that are answered with 503. */
  unready: number
  /** Requests during which the log is replayed: reads show a part, writes are answered with 503. */
  replaying: number
  readonly replayedBy: number
  /** The last of them, during which writes are taken. */
  readonly accepting: number
  /** Whether it has applied what its log has of aliases. */
  showsAliases: boolean
  /** What its log has of collections with references. */
  readonly logged: readonly {
    readonly collection: Collection
    readonly documents: ReadonlyMap<string, StoredDocument>
  }[]
}

/** The collection of a concrete name, else the one that an alias of that name leads to. */
export function findCollection(store: Store, name: string): Collection | undefined {
  const found = store.collections.get(name) ?? store.collections.get(findAlias(store, name) ?? '')
  return found === undefined || found.replayed === 0 ? undefined : found
}

/** Where an alias leads; the log has it behind the documents of its collection, but a server may apply it before them. */
export function findAlias({ aliases, collections, restart }: Store, name: string): string | undefined {
  const target = aliases.get(name)
  if (restart?.accepting) return restart.showsAliases ? target : undefined
  return (collections.get(target ?? '')?.replayed ?? 1) < 1 ? undefined : target
}
