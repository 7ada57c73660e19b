import { ApiError } from './api-error.ts'
import type { Collection, StoredDocument } from './collection.ts'
import type { Operation } from './fault.ts'
import { checkReferences } from './references.ts'
import { findAlias, type Store } from './store.ts'

/** How a server comes back from a restart, counted in requests rather than in time. */
export interface RestartOptions {
  /** How many requests are answered with 503 before it says that it is healthy. */
  readonly unready?: number
  /** During how many requests it says so while its log is still replayed. */
  readonly replaying?: number
  /** During how many of these, the last ones, so little of the log is left that it takes writes, too. */
  readonly accepting?: number
}

/** Restarts a server that had no snapshot: all of its log is applied again, so collections are created at another time. */
export function restartServer(
  store: Store,
  { unready = 0, replaying = 0, accepting = 0 }: RestartOptions,
): void {
  const logged = [...store.collections.values()]
    .filter(({ references }) => accepting > 0 && references.size > 0)
    .map((collection) => ({ collection, documents: new Map(collection.documents) }))
  store.restart = {
    unready,
    replaying,
    replayedBy: replaying,
    accepting,
    showsAliases: accepting === 0,
    logged,
  }
  for (const collection of store.collections.values()) {
    collection.createdAt += 1000
    collection.replayed = 0
    collection.unseen.clear()
  }
  showReplayed(store)
}

/**
 * What of its log a server has applied before it answers a write, beside which it replays the rest: all that came before to the same collection, or to
 * aliases. Writes to collections with references pass by those that are replayed.
 */
export function applyBefore(store: Store, operation: Operation, name: string | undefined): void {
  if (store.restart === undefined) return
  if (operation === 'alias') store.restart.showsAliases = true
  const collection =
    store.collections.get(name ?? '') ?? store.collections.get(findAlias(store, name ?? '') ?? '')
  if (collection === undefined) return
  const isPassedBy = collection.references.size > 0
  collection.replayed = Math.max(collection.replayed, isPassedBy ? LITTLE : 1)
}

const LITTLE = 0.01

/** Counts a request of a server that is not over its restart, and throws what it is refused with. */
export function passRestart(store: Store, isWrite: boolean, isHealth: boolean): void {
  const { restart } = store
  if (restart === undefined) return
  const isUnready = restart.unready > 0
  const isReplaying = restart.replaying > 0
  if (isUnready) restart.unready -= 1
  else restart.replaying -= 1
  if (restart.unready <= 0 && restart.replaying <= 0) {
    store.restart = undefined
    for (const { collection, documents } of restart.logged) replayLate(store, collection, documents)
  }
  showReplayed(store)
  const isRefused = isReplaying && restart.replaying >= restart.accepting
  if (isUnready || (isRefused && isWrite && !isHealth)) throw new ApiError(503, 'Not Ready or Lagging')
}

/** Replays what is left of the log. */
export function endRestart(store: Store): void {
  while (store.restart !== undefined) {
    try {
      passRestart(store, false, true)
    } catch {}
  }
}

/** The documents of the log come after those that were written meanwhile. */
function replayLate(store: Store, collection: Collection, logged: ReadonlyMap<string, StoredDocument>): void {
  for (const [id, stored] of logged) {
    try {
      checkReferences(store, collection, stored.document)
      collection.documents.set(id, stored)
    } catch {}
  }
}

/** The log has one collection after the other. */
function showReplayed({ collections, restart }: Store): void {
  const share = restart === undefined ? 1 : 1 - restart.replaying / Math.max(1, restart.replayedBy)
  let before = 0
  for (const collection of collections.values()) {
    const replayed = restart === undefined ? 1 : Math.min(1, share * collections.size - before)
    collection.replayed = Math.max(collection.replayed, replayed)
    before += 1
  }
}
