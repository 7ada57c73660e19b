import type { Holdings } from './holdings.ts'
import type { IngestionOptions } from './ingestion.ts'
import type { ListOrder } from './page-of.ts'

/** What the replies of a stand-in depend on. */
export interface Service {
  readonly apiKey: string
  readonly holdings: Holdings
  readonly ingestion: IngestionOptions
  readonly order: ListOrder
  now(): number
}
