import { FailedError } from '../../core/errors.ts'

/** What went wrong with a request, as far as it decides what to do next. */
export type FailureKind =
  /** The server follows its leader too slowly, or has none. */
  | 'lagging'
  | 'rate limited'
  | 'update in progress'
  | 'timeout'
  | 'network'
  /** Another status of 500 and more, which a server or a proxy gives in trouble. */
  | 'server trouble'
  /** The reply is not what it has to be. */
  | 'broken reply'
  | 'too large'
  | 'forbidden'
  | 'missing'
  | 'exists'
  | 'out of resources'
  | 'skipping writes'
  | 'refused'

/** A request that failed, told without the API key and without documents. */
export class TypesenseFailure extends FailedError {
  readonly kind: FailureKind
  /** The status of the reply; undefined if there was none. */
  readonly httpStatus: number | undefined
  /** What the server said, fit to be shown; undefined if it said nothing readable. */
  readonly serverText: string | undefined
  /** The wait that the server asks for. */
  readonly retryAfterMs: number | undefined

  constructor(
    kind: FailureKind,
    message: string,
    options: {
      hint: string
      httpStatus?: number
      serverText?: string | undefined
      retryAfterMs?: number | undefined
    },
  ) {
    super(message, { hint: options.hint })
    this.kind = kind
    this.httpStatus = options.httpStatus
    this.serverText = options.serverText
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Whether an error is a failure of one of these kinds. */
export function isFailure(error: unknown, ...kinds: readonly FailureKind[]): error is TypesenseFailure {
  return error instanceof TypesenseFailure && kinds.includes(error.kind)
}
