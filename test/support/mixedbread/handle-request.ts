import { answer } from './answer.ts'
import { faultReply } from './fault-reply.ts'
import type { Fault, Faults } from './faults.ts'
import { findExternalId } from './find-external-id.ts'
import { findRoute } from './find-route.ts'
import type { Incoming, RoutedRequest } from './incoming.ts'
import { type RetryAfterForm, rateLimitReply } from './rate-limit-reply.ts'
import { errorReply, type Reply } from './reply.ts'
import type { LoggedRequest } from './request-log.ts'
import type { Service } from './service.ts'
import type { TokenBuckets } from './token-buckets.ts'

/** What stands between a request and its answer. */
export interface Gate {
  readonly service: Service
  readonly buckets: TokenBuckets | undefined
  readonly faults: Faults
  readonly retryAfterForm: RetryAfterForm
  readonly log: LoggedRequest[]
}

/** A reply, and how it is to be delivered. */
export interface Outcome {
  readonly reply: Reply
  readonly fault: Fault | undefined
}

/** Lets a request pass the key, the limits and the faults, then carries it out; everything is logged. */
export async function handleRequest(gate: Gate, incoming: Incoming): Promise<Outcome> {
  const { service } = gate
  const route = findRoute(incoming.method, incoming.path)
  const request = typeof route === 'number' ? undefined : { ...incoming, route }
  // Looked up first, because a deletion takes it away.
  const externalId = request && findExternalId(service.holdings, request)
  const { reply, fault, isApplied } = await passGate(gate, incoming, request ?? Number(route), externalId)
  gate.log.push({
    method: incoming.method,
    path: incoming.path,
    route: request?.route.name,
    operation: request?.route.operation,
    status: reply.status,
    isCut: fault !== undefined && 'cut' in fault,
    isApplied,
    externalId,
    fault,
    atMs: service.now(),
  })
  return { reply, fault }
}

async function passGate(
  { service, buckets, faults, retryAfterForm }: Gate,
  { authorization, method, path }: Incoming,
  request: RoutedRequest | number,
  externalId: string | undefined,
): Promise<Outcome & { readonly isApplied: boolean }> {
  const refused = (reply: Reply, fault?: Fault) => ({ reply, fault, isApplied: false })
  if (typeof request === 'number') return refused(UNKNOWN[request] ?? errorReply(request, 'Bad request'))
  if (authorization !== `Bearer ${service.apiKey}`) return refused(errorReply(401, 'Invalid API key'))
  const { operation, name } = request.route
  const nowMs = service.now()
  const limit = buckets?.take(operation)
  if (limit !== undefined) return refused(rateLimitReply({ ...limit, nowMs, form: retryAfterForm }))

  const fault = faults.take({ method, path, route: name, operation, externalId })
  if (fault && 'cut' in fault && fault.cut === 'before-applying') return refused(CUT, fault)
  const failure = fault && 'status' in fault ? fault : undefined
  const failed = failure && faultReply(failure, nowMs, retryAfterForm)
  if (failed && !failure.isApplied) return refused(failed, fault)
  const reply = await answer(service, request)
  return { reply: failed ?? reply, fault, isApplied: reply.status < 400 }
}

/** Never sent, only logged. */
const CUT: Reply = { status: 0, body: null }

const UNKNOWN: Readonly<Record<number, Reply>> = {
  404: { status: 404, body: { detail: 'Not Found' } },
  405: { status: 405, body: { detail: 'Method Not Allowed' } },
}
