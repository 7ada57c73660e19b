import type { Fault } from './faults.ts'
import type { OperationClass, RouteName } from './find-route.ts'

/** A request as the stand-in saw it. */
export interface LoggedRequest {
  readonly method: string
  /** Still encoded, without the query. */
  readonly path: string
  /** Nothing for a path that the API does not have. */
  readonly route: RouteName | undefined
  readonly operation: OperationClass | undefined
  /** What was answered, or would have been had the connection held; 0 where it broke before that. */
  readonly status: number
  readonly isCut: boolean
  /** Whether it was carried out, even if nobody was told. */
  readonly isApplied: boolean
  readonly externalId: string | undefined
  readonly fault: Fault | undefined
  /** By the clock of the stand-in. */
  readonly atMs: number
}
