import type { IndexDocument, IndexLimits } from '../search-index.ts'

/** How large the next batch may be: half of one that was too much, and little by little more again. */
export interface BatchPace {
  /** How many of the documents from `start` on, before `end`, make the next batch; at least one. */
  fit(documents: readonly IndexDocument[], start: number, end: number): number
  /** A batch was too much for the server. */
  shrink(batch: readonly IndexDocument[]): void
  /** A batch was taken. */
  grow(): void
}

const STEPS_BACK_TO_FULL = 20

/** Starts at full size. */
export function createBatchPace(limits: IndexLimits): BatchPace {
  const fullest = { documents: Math.max(1, limits.documents), bytes: Math.max(1, limits.bytes) }
  const most = { ...fullest }
  return {
    fit: (documents, start, end) => {
      let bytes = 0
      let count = 0
      for (let index = start; index < end && count < most.documents; index += 1) {
        bytes += bytesOf(documents[index])
        if (bytes > most.bytes && count > 0) break
        count += 1
      }
      return count
    },
    // Never below half of what failed: batches that fail at once are one sign, not many.
    shrink: (batch) => {
      const bytes = batch.reduce((sum, document) => sum + bytesOf(document), 0)
      most.documents = Math.min(most.documents, Math.max(1, Math.floor(batch.length / 2)))
      most.bytes = Math.min(most.bytes, Math.max(1, Math.floor(bytes / 2)))
    },
    grow: () => {
      for (const unit of ['documents', 'bytes'] as const) {
        most[unit] = Math.min(fullest[unit], most[unit] + Math.ceil(fullest[unit] / STEPS_BACK_TO_FULL))
      }
    },
  }
}

function bytesOf(document: IndexDocument | undefined): number {
  return document === undefined ? 0 : Buffer.byteLength(document.json) + 1
}
