import type { Account } from './account.ts'
import { filterOf } from './list-documents.ts'
import type { Clock } from './rate-limiter.ts'
import { type FileCounts, storeIsGone } from './stores.ts'

/** How long to wait, and whom to tell meanwhile. */
export interface WaitOptions {
  readonly limitMs: number
  readonly report?: (counts: FileCounts) => void
}

/** Whether every document of mbsync's is ingested, well or not, or the limit came first; with the last counts of the store. */
export interface WaitOutcome {
  readonly kind: 'ingested' | 'limit'
  readonly counts: FileCounts
}

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15_000

/** Waits until no document of mbsync's is pending or in progress; other files of the store do not count. */
export async function waitUntilIngested(
  account: Account,
  storeId: string,
  clock: Clock,
  signal: AbortSignal,
  { limitMs, report }: WaitOptions,
): Promise<WaitOutcome> {
  const endMs = clock.now() + limitMs
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const store = await account.stores.find(storeId)
    if (store === undefined) throw storeIsGone()
    const { counts } = store
    report?.(counts)
    const isWaiting = counts.pending + counts.inProgress > 0 && (await isOwnWaiting(account, storeId))
    if (!isWaiting) return { kind: 'ingested', counts }
    const leftMs = endMs - clock.now()
    if (leftMs <= 0) return { kind: 'limit', counts }
    await clock.sleep(Math.min(waitMs, leftMs), signal)
  }
}

async function isOwnWaiting(account: Account, storeId: string): Promise<boolean> {
  const choice = { statuses: ['pending', 'in_progress'] as const, filter: filterOf({}) }
  const { files } = await account.filesOf(storeId).listPage(choice, { limit: 1 })
  return files.length > 0
}
