import { isFailure, TypesenseFailure } from './failure.ts'
import type { Transport } from './transport.ts'

/** A server that cannot be reached at all is another trouble. */
const ATTEMPTS = 3
/** A document that no collection has. */
const NO_DOCUMENT = 'mbsync-asks-whether-writes-are-taken'

/**
 * Waits until the servers take writes. One that replays its log says that it is healthy, and shows the part of its collections, aliases
 * and documents that it has replayed; only writes are refused until it is done, before the key is looked at. So a write is asked for that
 * changes nothing. It is applied after all that is in the log.
 */
export async function awaitReady(transport: Transport, collection: string, isPatient = true): Promise<void> {
  const path = `/collections/${encodeURIComponent(collection)}/documents/${NO_DOCUMENT}?ignore_not_found=true`
  const ask = () => transport.send({ method: 'DELETE', path })
  await transport.repeat(ask, ATTEMPTS, isPatient).catch((error: unknown) => {
    // Whatever else is wrong is found by the check, with what to do about it.
    if (isFailure(error, 'lagging') || !(error instanceof TypesenseFailure)) throw error
  })
}
