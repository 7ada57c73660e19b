import { FailedError } from '../../core/errors.ts'
import type { RetryVerdict } from '../retry.ts'

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

/**
 * Whether a failure passes, and how long that takes at least. A server that is not ready replays its log: that may take minutes, however
 * often it is asked.
 */
export function judgeFailure(
  error: unknown,
  { lagWaitMs, readyMs }: { readonly lagWaitMs: number; readonly readyMs?: number | undefined },
): RetryVerdict {
  if (!(error instanceof TypesenseFailure) || !PASSING.has(error.kind)) return { kind: 'give up' }
  if (error.kind !== 'lagging') return { kind: 'again', leastWaitMs: error.retryAfterMs }
  // Clients that were turned away together are not to come back together.
  const leastWaitMs = Math.max(lagWaitMs * (1 + Math.random()), error.retryAfterMs ?? 0)
  return { kind: 'again', leastWaitMs, patienceMs: readyMs }
}

const PASSING: ReadonlySet<FailureKind> = new Set([
  'lagging',
  'rate limited',
  'update in progress',
  'timeout',
  'network',
  'server trouble',
  'broken reply',
])

/** What to do about a failure of each kind. */
export const FAILURE_HINTS: Readonly<Record<FailureKind, string>> = {
  lagging: 'Check the load and the log of the Typesense server, then run again.',
  'rate limited': 'Run again later, or lower how many requests are sent at once.',
  'update in progress': 'Another change of the schema is under way on the server: run again when it is done.',
  timeout: 'Check the load of the Typesense server; send smaller batches, or allow a request more time.',
  network: 'Check host, port and protocol of the Typesense server, and that it is running.',
  'server trouble': 'Check the log of the Typesense server, and of a proxy before it; then run again.',
  'broken reply': 'Check the log of the Typesense server, and of a proxy before it; then run again.',
  'too large': 'Send smaller batches, or let the proxy before the Typesense server accept larger bodies.',
  forbidden:
    'Check the API key, and that it may do this on the name that searches use and on the names of the collections behind it.',
  missing: 'The collection does not exist: `mbsync check` shows those that do.',
  exists: 'An object of that name exists already; run again.',
  'out of resources':
    'The Typesense server has too little disk space or memory, and accepts no writes: give it more.',
  'skipping writes': 'The Typesense server is set to skip writes (`skip-writes`): switch that off.',
  refused: "The message is the server's own; `mbsync check` finds what it can before a run.",
}
