import { FailedError } from '../../core/errors.ts'

/** What is known of a request that failed. None of it repeats what the request carried. */
interface RequestFailure {
  /** Whether the same request may succeed later. */
  readonly passes: boolean
  readonly httpStatus?: number | undefined
  /** The wait that the service asks for. */
  readonly retryAfterMs?: number | undefined
  /** What the service has against the request. */
  readonly refusal?: string | undefined
  readonly hint?: string | undefined
}

/** A request that Mixedbread did not answer as it should have. It has no cause: the SDK's errors hold keys and documents. */
export class RequestError extends FailedError {
  readonly failure: RequestFailure

  constructor(message: string, failure: RequestFailure) {
    super(message, failure.hint === undefined ? {} : { hint: failure.hint })
    this.failure = failure
  }
}

/** Whether an error is a refusal with one of the statuses. */
export function isRefusedWith(error: unknown, ...statuses: readonly number[]): error is RequestError {
  return error instanceof RequestError && statuses.includes(error.failure.httpStatus ?? 0)
}
