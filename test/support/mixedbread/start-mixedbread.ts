import { type Faults, noFaults } from './faults.ts'
import { type Gate, handleRequest } from './handle-request.ts'
import { emptyHoldings, type StoreFile } from './holdings.ts'
import { advanceIngestion, ingest } from './ingestion.ts'
import { type Inspection, inspect } from './inspection.ts'
import { listen } from './listen.ts'
import type { ListOrder } from './page-of.ts'
import type { RetryAfterForm } from './rate-limit-reply.ts'
import type { LoggedRequest } from './request-log.ts'
import { PUBLISHED_RATE_LIMITS, type RateLimits, tokenBuckets } from './token-buckets.ts'

/** How the stand-in behaves. */
export interface MixedbreadOptions {
  readonly apiKey?: string
  readonly storeName?: string
  /** Milliseconds since 1970, for rate limits, ingestion and timestamps; the real time by default. */
  readonly now?: () => number
  /** Milliseconds until an added file is ingested, or `manual` for ingest(); 0 by default. */
  readonly ingestAfterMs?: number | 'manual'
  /** The `last_error` of a file that fails its ingestion, nothing for one that succeeds. */
  readonly ingestionErrorOf?: (file: StoreFile) => unknown
  /** Other limits than the published ones, by class, or none. */
  readonly rateLimits?: Partial<RateLimits> | 'off'
  readonly retryAfterForm?: RetryAfterForm
  readonly listOrder?: ListOrder
}

/** A running stand-in of Mixedbread with one store in it. */
export interface Mixedbread extends Inspection {
  readonly url: string
  readonly apiKey: string
  readonly storeId: string
  readonly storeName: string
  readonly faults: Faults
  /** Every request, in the order in which they were carried out or refused. */
  readonly requests: LoggedRequest[]
  /** Ends the ingestion of every file that waits for it, or begins it only. */
  ingest(until?: 'in_progress'): void
  /** Adds another store and says its id. */
  addStore(name: string): string
  close(): Promise<void>
}

/** Starts a stand-in of Mixedbread's stores and files on a free port of this machine. */
export async function startMixedbread(options: MixedbreadOptions = {}): Promise<Mixedbread> {
  const { apiKey = 'mxb_test_key', storeName = 'documents', now = Date.now, rateLimits = {} } = options
  const holdings = emptyHoldings(now)
  const store = holdings.addStore(storeName)
  const ingestion = {
    after: options.ingestAfterMs ?? 0,
    errorOf: options.ingestionErrorOf ?? (() => undefined),
  }
  const faults = noFaults()
  const requests: LoggedRequest[] = []
  const gate: Gate = {
    service: { apiKey, holdings, ingestion, order: options.listOrder ?? 'newest-first', now },
    buckets:
      rateLimits === 'off' ? undefined : tokenBuckets({ ...PUBLISHED_RATE_LIMITS, ...rateLimits }, now),
    faults,
    retryAfterForm: options.retryAfterForm ?? 'seconds',
    log: requests,
  }
  const listener = await listen((incoming) => handleRequest(gate, incoming), now)
  return {
    ...inspect(holdings, store, () => advanceIngestion(store, ingestion, now())),
    url: listener.url,
    apiKey,
    storeId: store.id,
    storeName,
    faults,
    requests,
    ingest: (until) => {
      for (const one of holdings.stores) ingest(one, ingestion.errorOf, until === 'in_progress')
    },
    addStore: (name) => holdings.addStore(name).id,
    close: listener.close,
  }
}
