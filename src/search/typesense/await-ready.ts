import { isFailure } from './failure.ts'
import type { Transport } from './transport.ts'

/** A document that no collection has. */
const NO_DOCUMENT = 'mbsync-asks-whether-writes-are-taken'

/**
 * Waits until the servers take writes. One that replays its log says that it is healthy, and shows the part of its collections, aliases
 * and documents that it has replayed; only writes are refused until it is done, before the key is looked at. So a write is asked for that
 * changes nothing. It is applied after all that is in the log.
 */
export async function awaitReady(transport: Transport, collection: string, attempts?: number): Promise<void> {
  const path = `/collections/${encodeURIComponent(collection)}/documents/${NO_DOCUMENT}?ignore_not_found=true`
  await transport
    .repeat(() => transport.send({ method: 'DELETE', path }), attempts)
    .catch((error: unknown) => {
      if (!isFailure(error, 'missing', 'forbidden')) throw error
    })
}
