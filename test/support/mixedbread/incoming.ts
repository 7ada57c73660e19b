import type { Route } from './find-route.ts'

/** A request that has come in whole. */
export interface Incoming {
  readonly method: string
  /** Where it was sent, without a path. */
  readonly origin: string
  /** As it was sent, still encoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly contentType: string
  readonly body: Buffer
}

/** A request that is one of those the API knows. */
export interface RoutedRequest extends Incoming {
  readonly route: Route
}
