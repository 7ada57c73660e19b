import { awaitApplied } from './await-ready.ts'
import type { Transport } from './transport.ts'
import type { CollectionSettings } from './typesense-settings.ts'

/** Is waited for before each write to a collection, so that none passes by one that came before it. */
export type WriteOrder = (collection: string) => Promise<void>

/**
 * Keeps the order of writes to collections with references, which servers do not keep while they replay their log: at the first write, and after each
 * failure that may have been a restart.
 */
export function openWriteOrder(transport: Transport, schema: CollectionSettings | undefined): WriteOrder {
  const refers = schema?.fields.some(({ reference }) => reference !== undefined) ?? false
  let troubles: number | undefined
  let waiting: Promise<void> | undefined
  const wait = async (collection: string) => {
    const before = transport.troubles
    await awaitApplied(transport, collection)
    troubles = before
  }
  return async (collection) => {
    if (!refers || troubles === transport.troubles) return
    waiting ??= wait(collection).finally(() => {
      waiting = undefined
    })
    await waiting
  }
}
