import type Mixedbread from '@mixedbread/sdk'
import type { Requests } from './requests.ts'

/** The SDK, and the only way to send requests through it. */
export interface Connection {
  readonly client: Mixedbread
  readonly requests: Requests
}
