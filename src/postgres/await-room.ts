import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { saysNoRoom } from './connection-advice.ts'

/** A pooler may count a connection for a moment after it was closed; a server's other clients come and go. */
const LONGEST_WAIT_MS = 5000
const PAUSE_MS = 200

/**
 * Opens a connection, again and again for a few seconds while the server, or a pooler before it, says that it has no room for one.
 * @throws what `open` throws at last, or the reason of an abort
 */
export async function awaitRoom<T>(
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
  open: () => Promise<T>,
): Promise<T> {
  const lastMs = performance.now() + Math.min(limitMs, LONGEST_WAIT_MS)
  for (;;) {
    try {
      return await open()
    } catch (error) {
      signal.throwIfAborted()
      if (!isOutOfRoom(error) || performance.now() + PAUSE_MS > lastMs) throw error
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

/** The SQLSTATE of a server without a free connection. */
const TOO_MANY_CONNECTIONS = '53300'

/** Whether the server, or a pooler before it, has no room for another connection now. */
export function isOutOfRoom(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && (error.code === TOO_MANY_CONNECTIONS || saysNoRoom(error.message))
  )
}
