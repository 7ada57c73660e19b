import type { IndexLimits } from '../search-index.ts'
import { type Clock, DOCUMENTED_RATES, MACHINE_CLOCK, type Rates } from './rate-limiter.ts'

/** How to reach a Mixedbread store. */
export interface MixedbreadSettings {
  readonly apiKey: string
  readonly baseUrl: string
  /** Its id or its name. */
  readonly store: string
  /** How long one request may take, its reply included. */
  readonly requestMs: number
  /** Batches are units of acknowledgement. */
  readonly limits: IndexLimits
  /** How many documents may be on their way at once, of all batches. */
  readonly parallel: number
  readonly rates: Rates
  readonly clock: Clock
  /** In place of the global one. */
  readonly fetch?: typeof fetch
}

/** What holds unless it is set otherwise. */
export const DEFAULT_SETTINGS: Omit<MixedbreadSettings, 'apiKey' | 'store'> = {
  baseUrl: 'https://api.mixedbread.com',
  requestMs: 60_000,
  // While the last documents of one batch are answered, those of the next are on their way.
  limits: { documents: 100, bytes: 8 * 1024 * 1024, deletions: 500, parallel: 2 },
  parallel: 8,
  rates: DOCUMENTED_RATES,
  clock: MACHINE_CLOCK,
}
