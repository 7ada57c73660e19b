import type { Fault } from './faults.ts'
import { type RetryAfterForm, rateLimitReply, retryAfter } from './rate-limit-reply.ts'
import { errorReply, invalidReply, type Reply } from './reply.ts'

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Invalid API key',
  402: 'Insufficient balance. Please top up your account.',
  404: 'Not found',
  409: 'The operation conflicts with the current state of the resource',
}

/** What a request is answered that goes wrong with a status. */
export function faultReply(
  fault: Extract<Fault, { status: number }>,
  nowMs: number,
  form: RetryAfterForm,
): Reply {
  const { status, waitMs, html } = fault
  const headers = waitMs === undefined ? {} : { 'retry-after': retryAfter(form, waitMs, nowMs) }
  if (html !== undefined) {
    return { status, body: Buffer.from(html), headers: { ...headers, 'content-type': 'text/html' } }
  }
  if (status === 422) return invalidReply({ loc: ['body'], msg: 'Value error', type: 'value_error' })
  if (status === 429) return rateLimitReply({ waitMs: waitMs ?? 1000, perMinute: 360, nowMs, form })
  return errorReply(status, MESSAGES[status] ?? 'Something went wrong', null, headers)
}
