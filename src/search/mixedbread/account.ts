import { type Connection, connect } from './connection.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { MixedbreadSettings } from './settings.ts'
import { type StoreFiles, storeFiles } from './store-files.ts'
import { type Stores, stores } from './stores.ts'
import { type Uploads, uploads } from './uploads.ts'

/** Everything that can be asked of an account. */
export interface Account {
  readonly stores: Stores
  readonly uploads: Uploads
  filesOf(storeId: string): StoreFiles
}

/** Reaches an account until the signal aborts, at rates that may be shared with others. */
export function account(settings: MixedbreadSettings, limiter: RateLimiter, signal: AbortSignal): Account {
  const connection: Connection = connect(settings, limiter, signal)
  return {
    stores: stores(connection),
    uploads: uploads(connection),
    filesOf: (storeId) => storeFiles(connection, storeId),
  }
}
