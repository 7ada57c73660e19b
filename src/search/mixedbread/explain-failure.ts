import { APIError } from '@mixedbread/sdk'
import { readRetryAfter } from '../retry.ts'
import { readRefusal } from './redact.ts'
import { RequestError } from './request-error.ts'

/** A reply of success that does not hold what it should, as of a gateway that answers for the service. */
export class BrokenReplyError extends Error {}

/** What a request was about, and which texts its error must not repeat. */
export interface RequestSubject {
  /** Follows "cannot", such as `list the files of the store`. */
  readonly action: string
  readonly secrets: readonly string[]
}

/** Says what went wrong with a request, in words that are fit for a log. */
export function explainFailure(error: unknown, subject: RequestSubject, nowMs: number): RequestError {
  const message = (reason: string) => `Mixedbread: cannot ${subject.action}: ${reason}`
  if (!(error instanceof APIError) || error.status === undefined) {
    const passes = isOfTheNetwork(error)
    return new RequestError(
      message(describeTrouble(error)),
      passes ? { passes, hint: NETWORK_HINT } : { passes },
    )
  }
  const { status } = error
  const refusal = status < 500 ? readRefusal(error.error, subject.secrets) : undefined
  const known = KNOWN[status] ?? (status >= 500 ? KNOWN[500] : undefined)
  const reason = [`${known?.reason ?? refusal ?? 'it was refused'}`, `(HTTP ${status})`].join(' ')
  return new RequestError(message(reason), {
    passes: PASSING.has(status) || status >= 500,
    httpStatus: status,
    retryAfterMs: readWait(error, nowMs),
    refusal,
    hint: known?.hint,
  })
}

/** 409 is what a store answers while another change of the same file is under way. */
const PASSING = new Set([408, 409, 425, 429])

const KNOWN: Readonly<Record<number, { readonly reason: string; readonly hint: string }>> = {
  401: { reason: 'the key is not accepted', hint: 'Check MXBAI_API_KEY.' },
  402: {
    reason: 'the balance is used up',
    hint: 'Top up the account at Mixedbread, then run again: what was acknowledged is not sent twice.',
  },
  403: {
    reason: 'the key may not do this',
    hint: 'Use a key that may read and write the store and its files.',
  },
  404: {
    reason: 'the store or the file does not exist',
    hint: 'Check MXBAI_STORE_ID, and whose key MXBAI_API_KEY is.',
  },
  429: {
    reason: 'the rate limit was still exceeded after every attempt',
    hint: 'Another client uses up the rate limit of this account: run again when it has finished, or lower the rates.',
  },
  500: { reason: 'the service failed', hint: 'Run again later; what was acknowledged is not sent twice.' },
}

const NETWORK_HINT = 'Check the network and MIXEDBREAD_BASE_URL, then run again.'

/** Anything else is not a matter of the network, and would fail again. */
function isOfTheNetwork(error: unknown): boolean {
  if (error instanceof APIError || error instanceof BrokenReplyError) return true
  // The SDK passes on what reading a body throws: a break is a TypeError, half a reply a SyntaxError, an end of time an AbortError.
  if (error instanceof TypeError) return ['terminated', 'fetch failed'].includes(error.message)
  return error instanceof SyntaxError || (error instanceof Error && error.name === 'AbortError')
}

function describeTrouble(error: unknown): string {
  if (error instanceof BrokenReplyError || error instanceof SyntaxError) return 'the reply is not valid'
  const code = findCode(error)
  if (code !== undefined) return `the connection failed (${code})`
  if (!(error instanceof Error)) return 'it failed'
  if (/abort|timed out/i.test(error.constructor.name + error.message)) return 'no reply in time'
  return isOfTheNetwork(error)
    ? 'the connection broke'
    : `the request could not be made (${error.constructor.name})`
}

function findCode(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string' && /^[A-Z_]+$/.test(one.code)) return one.code
  }
  return undefined
}

function readWait({ headers, error }: APIError, nowMs: number): number | undefined {
  // A date means the service's clock, which its replies show.
  const serverMs = Date.parse(headers?.get('date') ?? '')
  const waitMs = readRetryAfter(headers?.get('retry-after'), Number.isNaN(serverMs) ? nowMs : serverMs)
  if (waitMs !== undefined) return waitMs
  const { details } = (error ?? {}) as { details?: { retry_after?: unknown } | null }
  const seconds = Number(details?.retry_after ?? Number.NaN)
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined
}
