import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure, TypesenseFailure } from './failure.ts'
import type { TypesenseRequest } from './open-reply.ts'
import type { Transport } from './transport.ts'

/** A server that cannot be reached at all is another trouble. */
const ATTEMPTS = 3
/** A document that no collection has. */
const NO_DOCUMENT = 'mbsync-asks-whether-writes-are-taken'

/** What has to be there as it was last, by the name that searches use, and by the concrete names of collections. */
export interface Awaited {
  readonly alias?: string
  readonly collections?: readonly string[]
}

/**
 * Waits until the servers take writes, and show all that they have of some collections and aliases. One that replays its log says that it is
 * healthy, and shows what it has replayed until then. It refuses writes, before it looks at the key, only while much of its log is left; from then
 * on it applies the rest beside new writes, those to each collection in their order, and those to aliases in another. So a write that changes
 * nothing is asked for in each: when it is answered, all that came before it is applied.
 */
export async function awaitReady(
  transport: Transport,
  { alias, collections = [] }: Awaited,
  isPatient = true,
): Promise<void> {
  if (alias !== undefined) {
    // Without the name of a collection, it is refused, after those before it.
    await ask(
      transport,
      { method: 'PUT', path: `/aliases/${encodeURIComponent(alias)}`, body: '{}' },
      isPatient,
    )
  }
  const names = new Set([...(alias === undefined ? [] : [alias]), ...collections])
  await Promise.all(Array.from(names, (name) => ask(transport, deletionOfNothing(name), isPatient)))
}

function deletionOfNothing(name: string): TypesenseRequest {
  const path = `/collections/${encodeURIComponent(name)}/documents/${NO_DOCUMENT}?ignore_not_found=true`
  return { method: 'DELETE', path }
}

async function ask(transport: Transport, request: TypesenseRequest, isPatient: boolean): Promise<void> {
  await transport
    .repeat(() => transport.send(request), ATTEMPTS, isPatient)
    .catch((error: unknown) => {
      // Whatever else is wrong is found by the check, with what to do about it.
      if (isFailure(error, 'lagging') || !(error instanceof TypesenseFailure)) throw error
    })
}

/**
 * Waits until a server has applied all writes that it has taken. Those to a collection with references have no order of their own when a log is
 * replayed: they wait for what they refer to, and new ones pass them by, so that an older text would replace a newer one. What a key may not ask
 * is not waited for, nor a number that does not go down, as other clients write, too.
 */
export async function awaitApplied(transport: Transport, collection: string): Promise<void> {
  await awaitReady(transport, { collections: [collection] })
  const { settleMs, settleReads } = transport.pacing
  let least = Number.POSITIVE_INFINITY
  for (let reads = 0; reads < settleReads; reads += 1) {
    const left = await countPending(transport)
    if (left === undefined || left <= 0) return
    if (left < least) reads = 0
    least = Math.min(least, left)
    transport.reportWait()
    await sleep(settleMs, undefined, { signal: transport.signal }).catch(() =>
      transport.signal.throwIfAborted(),
    )
  }
}

/** How many writes wait to be applied; undefined if the key may not know. */
async function countPending(transport: Transport): Promise<number | undefined> {
  try {
    const request: TypesenseRequest = { method: 'GET', path: '/stats.json' }
    const { pending_write_batches } = JSON.parse(await transport.repeat(() => transport.send(request)))
    return typeof pending_write_batches === 'number' ? pending_write_batches : undefined
  } catch (error) {
    if (isFailure(error, 'forbidden', 'missing') || error instanceof SyntaxError) return undefined
    throw error
  }
}
