import type { Collection, DocumentOutcome, IndexDocument, IndexLimits, SearchIndex } from './search-index.ts'

/**
 * Sends documents to a collection in batches, several at once, and hands on what became of each batch before its worker takes the next:
 * what is not acknowledged is not remembered. The first failure is told to `stop`, so that no request of another worker
 * outlives it, and is thrown when all have ended.
 */
export async function sendDocuments<D extends IndexDocument>(
  index: SearchIndex,
  collection: Collection,
  portions: AsyncIterable<readonly D[]>,
  acknowledge: (documents: readonly D[], outcomes: readonly DocumentOutcome[]) => Promise<void>,
  stop: (error: unknown) => void,
): Promise<void> {
  const batches = inBatches(portions, index.limits)
  await inWorkers(
    index.limits.parallel,
    batches,
    async (documents) => {
      const answered: { readonly document: D; readonly outcome: DocumentOutcome }[] = []
      const byId = new Map(documents.map((document) => [document.id, document]))
      const send = () =>
        index.upsert(collection, documents, ({ id }, outcome) => {
          const document = byId.get(id)
          if (document !== undefined) answered.push({ document, outcome })
        })
      const outcomes = await sendOr(send, async () => {
        if (answered.length === 0) return
        await acknowledge(
          answered.map(({ document }) => document),
          answered.map(({ outcome }) => outcome),
        )
      })
      if (outcomes.length !== documents.length) throw new Error('Not every document has an outcome')
      await acknowledge(documents, outcomes)
    },
    stop,
  )
}

/** Deletes documents in batches, several at once, in the same way. */
export async function deleteDocuments(
  index: SearchIndex,
  collection: Collection,
  portions: AsyncIterable<readonly string[]>,
  acknowledge: (ids: readonly string[]) => Promise<void>,
  stop: (error: unknown) => void,
): Promise<void> {
  const { deletions, parallel } = index.limits
  const batches = inBatches(asDocuments(portions), { documents: deletions, bytes: Number.POSITIVE_INFINITY })
  await inWorkers(
    parallel,
    batches,
    async (documents) => {
      const ids = documents.map(({ id }) => id)
      const deleted: string[] = []
      const send = () => index.delete(collection, ids, (id) => deleted.push(id))
      await sendOr(send, async () => {
        if (deleted.length > 0) await acknowledge(deleted)
      })
      await acknowledge(ids)
    },
    stop,
  )
}

/** Sends, and if that fails, writes down first what was answered until then. */
async function sendOr<T>(send: () => Promise<T>, writeDown: () => Promise<void>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    await writeDown()
    throw error
  }
}

async function* asDocuments(portions: AsyncIterable<readonly string[]>): AsyncGenerator<IndexDocument[]> {
  for await (const ids of portions) yield ids.map((id) => ({ id, json: '' }))
}

/** A document that is larger than the limit is a batch of its own. */
async function* inBatches<D extends IndexDocument>(
  portions: AsyncIterable<readonly D[]>,
  limits: Pick<IndexLimits, 'documents' | 'bytes'>,
): AsyncGenerator<D[]> {
  let batch: D[] = []
  let bytes = 0
  for await (const portion of portions) {
    for (const document of portion) {
      const size = Buffer.byteLength(document.json)
      if (batch.length >= limits.documents || (batch.length > 0 && bytes + size > limits.bytes)) {
        yield batch
        batch = []
        bytes = 0
      }
      batch.push(document)
      bytes += size
    }
  }
  if (batch.length > 0) yield batch
}

/** The workers share one generator, which queues their calls. */
async function inWorkers<T>(
  count: number,
  batches: AsyncGenerator<T>,
  work: (batch: T) => Promise<void>,
  stop: (error: unknown) => void,
): Promise<void> {
  let hasFailed = false
  const run = async () => {
    while (!hasFailed) {
      const { value, done } = await batches.next()
      if (done === true) return
      await work(value)
    }
  }
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, () =>
      run().catch((error: unknown) => {
        if (!hasFailed) stop(error)
        hasFailed = true
        throw error
      }),
    ),
  )
  await batches.return(undefined).catch(() => undefined)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
