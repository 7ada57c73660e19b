import type { Collection, Document } from './collection.ts'

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
  health: Health
  nextKeyId: number
}

/** The collection of a concrete name, else the one that an alias of that name leads to. */
export function findCollection({ collections, aliases }: Store, name: string): Collection | undefined {
  return collections.get(name) ?? collections.get(aliases.get(name) ?? '')
}
