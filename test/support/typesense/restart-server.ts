import { ApiError } from './api-error.ts'
import type { Store } from './store.ts'

/** How a server comes back from a restart, counted in requests rather than in time. */
export interface RestartOptions {
  /** How many requests are answered with 503 before it says that it is healthy. */
  readonly unready?: number
  /** During how many requests it says so while its log is still replayed. */
  readonly replaying?: number
}

/** Restarts a server that had no snapshot: all of its log is applied again, so collections are created at another time. */
export function restartServer(store: Store, { unready = 0, replaying = 0 }: RestartOptions): void {
  store.restart = { unready, replaying, replayedBy: replaying }
  for (const collection of store.collections.values()) {
    collection.createdAt += 1000
    collection.unseen.clear()
  }
  showReplayed(store)
}

/** Counts a request of a server that is not over its restart, and throws what it is refused with. */
export function passRestart(store: Store, isWrite: boolean, isHealth: boolean): void {
  const { restart } = store
  if (restart === undefined) return
  const isUnready = restart.unready > 0
  const isReplaying = restart.replaying > 0
  if (isUnready) restart.unready -= 1
  else restart.replaying -= 1
  if (restart.unready <= 0 && restart.replaying <= 0) store.restart = undefined
  showReplayed(store)
  if (isUnready || (isReplaying && isWrite && !isHealth)) throw new ApiError(503, 'Not Ready or Lagging')
}

/** The log has one collection after the other. */
function showReplayed({ collections, restart }: Store): void {
  const share = restart === undefined ? 1 : 1 - restart.replaying / Math.max(1, restart.replayedBy)
  let before = 0
  for (const collection of collections.values()) {
    collection.replayed =
      restart === undefined ? 1 : Math.min(1, Math.max(0, share * collections.size - before))
    before += 1
  }
}
