import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../../core/errors.ts'
import type { CountRange } from '../search-index.ts'
import type { ControlPlane } from './control-plane.ts'

/**
 * The number of documents once it holds still: a server that was killed tells jumping numbers while it replays its log, and says that
 * it is healthy. A number that is expected is not watched.
 */
export async function countDocuments(
  control: ControlPlane,
  collection: string,
  expected?: CountRange,
): Promise<number> {
  const { pacing, signal } = control.transport
  let before: number | undefined
  for (let read = 0; read < pacing.settleReads; read += 1) {
    const { num_documents: count } = await control.call((client) => client.collections(collection).retrieve())
    if (count === before || isWithin(count, expected)) return count
    before = count
    await sleep(pacing.settleMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  throw new FailedError(`The number of documents in ${collection} does not hold still`, {
    hint: 'Something else writes to the collection, or the Typesense server still replays its log: run again later.',
  })
}

function isWithin(count: number, range: CountRange | undefined): boolean {
  return range !== undefined && count >= range.least && count <= range.most
}
