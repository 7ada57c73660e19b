import { Mixedbread } from '@mixedbread/sdk'
import { UsageError } from '../../core/errors.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { type Requests, requests } from './requests.ts'
import type { MixedbreadSettings } from './settings.ts'

/** The SDK, and the only way to send requests through it. */
export interface Connection {
  readonly client: Mixedbread
  readonly requests: Requests
}

/** Connects to an account. The SDK neither retries nor logs: it would repeat conflicts, wait without limit, and print documents. */
export function connect(settings: MixedbreadSettings, limiter: RateLimiter, signal: AbortSignal): Connection {
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
