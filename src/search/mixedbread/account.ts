import { Mixedbread } from '@mixedbread/sdk'
import { UsageError } from '../../core/errors.ts'
import type { Connection } from './connection.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { requests } from './requests.ts'
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

/** Connects to an account. The SDK neither retries nor logs: it would repeat conflicts, wait without limit, and print documents. */
function connect(settings: MixedbreadSettings, limiter: RateLimiter, signal: AbortSignal): Connection {
  const { apiKey, baseUrl, fetch, requestMs } = settings
  // An HTTP header that cannot be sent is repeated in the error.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UsageError('The Mixedbread key is empty or has characters that no key has', {
      hint: 'Check MXBAI_API_KEY for quotes, blanks and line ends.',
    })
  }
  const client = new Mixedbread({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: requestMs,
    logLevel: 'off',
    ...(fetch === undefined ? {} : { fetch }),
  })
  return { client, requests: requests(settings, limiter, signal) }
}
