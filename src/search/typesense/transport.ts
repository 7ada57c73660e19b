import { setMaxListeners } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { MbsyncError } from '../../core/errors.ts'
import { readRetryAfter, withRetries } from '../retry.ts'
import { explainReply } from './explain-reply.ts'
import { FAILURE_HINTS, type FailureKind, isFailure, judgeFailure, TypesenseFailure } from './failure.ts'
import { createAgents, openReply, type TypesenseRequest } from './open-reply.ts'
import {
  DEFAULT_PACING,
  type Pacing,
  type TypesenseNode,
  type TypesenseSettings,
} from './typesense-settings.ts'

/** The way to the servers of one cluster. Everything that it throws is an {@link MbsyncError} or the reason of the signal. */
export interface Transport {
  readonly apiKey: string
  /** What is sent along with each import. */
  readonly importParameters: Readonly<Record<string, string | number | boolean>>
  readonly pacing: Pacing
  readonly signal: AbortSignal
  readonly nodeCount: number
  /** How many requests have failed so far in a way that may have been a restart of the server. */
  readonly troubles: number
  /** The host and port of the server that is asked next. */
  readonly place: string
  /** Sends a request once, to the server that answered last; resolves with the body of a success. */
  send(request: TypesenseRequest): Promise<string>
  /** Sends a request once, and gives the body of a success piece by piece. */
  stream(request: TypesenseRequest): AsyncGenerator<Buffer, void>
  /**
   * Does the work again while it fails for a reason that passes, as often as that. Unless `attempts` are given, or if it is `isPatient`, a
   * server that is not ready is waited for as long as a replay of its log may take.
   */
  repeat<T>(work: () => Promise<T>, attempts?: number, isPatient?: boolean): Promise<T>
  /** Says that a server is waited for that is not ready. */
  reportWait(): void
  close(): void
}

/** Opens the way to the servers, without a connection yet. */
export function openTransport(settings: TypesenseSettings, outer: AbortSignal): Transport {
  // Every request under way listens: more than Node.js takes for usual.
  const signal = AbortSignal.any([outer])
  setMaxListeners(0, signal)
  const { apiKey, requestMs, readyMs, pacing = DEFAULT_PACING } = settings
  const waits = { lagWaitMs: pacing.lagWaitMs, readyMs }
  const agents = createAgents()
  const nodes = createRotation(settings.nodes)
  let troubles = 0

  async function* receive(request: TypesenseRequest, isLimitedByPiece: boolean) {
    signal.throwIfAborted()
    const node = nodes.current()
    const place = placeOf(node)
    const deadline = startDeadline(requestMs, signal)
    const sending = { node, agents, apiKey, connectMs: settings.connectMs, signal: deadline.signal }
    let reply: IncomingMessage | undefined
    try {
      reply = await openReply(request, sending)
      if (!isSuccess(reply)) throw await failureOf(place, request, reply, apiKey)
      for await (const piece of reply) {
        if (isLimitedByPiece) deadline.pause()
        yield piece as Buffer
        if (isLimitedByPiece) deadline.restart()
      }
    } catch (error) {
      signal.throwIfAborted()
      const failure =
        error instanceof MbsyncError ? error : explainBreak(place, error, requestMs, deadline.isOver)
      if (isFailure(failure, 'network', 'timeout', 'lagging', 'server trouble')) {
        troubles += 1
        nodes.leave(node)
      }
      throw failure
    } finally {
      deadline.end()
      if (reply?.readableEnded !== true) reply?.destroy()
    }
  }

  return {
    apiKey,
    importParameters: settings.importParameters ?? {},
    pacing,
    signal,
    nodeCount: settings.nodes.length,
    get troubles() {
      return troubles
    },
    get place() {
      return placeOf(nodes.current())
    },
    send: async (request) => textOf(receive(request, false)),
    stream: (request) => receive(request, true),
    repeat: (work, given, isPatient = given === undefined) =>
      withRetries(
        { ...pacing.retry, attempts: given ?? pacing.retry.attempts },
        signal,
        (error) => {
          if (isFailure(error, 'lagging')) settings.onWait?.()
          return judgeFailure(error, isPatient ? waits : { lagWaitMs: waits.lagWaitMs })
        },
        work,
      ),
    reportWait: () => settings.onWait?.(),
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

interface Rotation {
  current(): TypesenseNode
  /** Goes on to the next one, unless another request has done so before. */
  leave(node: TypesenseNode): void
}

function createRotation(nodes: readonly TypesenseNode[]): Rotation {
  let index = 0
  const current = () => {
    const node = nodes[index % nodes.length]
    if (node === undefined) throw new Error('A Typesense search index needs at least one node')
    return node
  }
  const leave = (node: TypesenseNode) => {
    if (node === current()) index += 1
  }
  return { current, leave }
}

function placeOf({ host, port }: TypesenseNode): string {
  return `Typesense at ${host}:${port}`
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}

async function failureOf(place: string, request: TypesenseRequest, reply: IncomingMessage, apiKey: string) {
  const { statusCode = 0, headers } = reply
  const retryAfterMs = readRetryAfter(headers['retry-after'], Date.now())
  const body = await textOf(reply)
  return explainReply(place, request, { status: statusCode, body, retryAfterMs }, apiKey)
}

async function textOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = []
  for await (const piece of pieces) read.push(piece)
  return Buffer.concat(read).toString('utf8')
}

/** A time limit that aborts a signal, which an outer signal aborts, too. */
interface Deadline {
  readonly signal: AbortSignal
  /** Whether it was the time that ran out. */
  readonly isOver: boolean
  /** Gives the whole time again. */
  restart(): void
  /** Stops the time until it is given again. */
  pause(): void
  /** Lets go of the outer signal. */
  end(): void
}

/** Starts a time limit. */
function startDeadline(limitMs: number, outer: AbortSignal): Deadline {
  const controller = new AbortController()
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const pause = () => clearTimeout(timer)
  const restart = () => {
    pause()
    timer = setTimeout(() => {
      isOver = true
      controller.abort()
    }, limitMs)
  }
  const abort = () => controller.abort()
  outer.addEventListener('abort', abort, { once: true })
  if (outer.aborted) abort()
  restart()
  return {
    signal: controller.signal,
    get isOver() {
      return isOver
    },
    restart,
    pause,
    end: () => {
      pause()
      outer.removeEventListener('abort', abort)
    },
  }
}

/** Tells why a request came to no reply, or to half of one. `place` is the server's host and port. */
function explainBreak(place: string, error: unknown, limitMs: number, isOver: boolean): TypesenseFailure {
  if (isOver) return failure('timeout', `${place} did not answer within ${limitMs} ms`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = PROBLEMS.find(({ test }) => test.test(code))
  if (known === undefined) return failure('network', `The request to ${place} failed${code && ` (${code})`}`)
  return failure('network', known.message(place), known.hint)
}

/** The errors of Node.js hold no more than their messages do, but those of headers and URLs quote them: no cause is kept. */
function failure(kind: FailureKind, message: string, hint = FAILURE_HINTS[kind]): TypesenseFailure {
  return new TypesenseFailure(kind, message, { hint })
}

const PROBLEMS: readonly {
  readonly test: RegExp
  readonly message: (place: string) => string
  readonly hint?: string
}[] = [
  { test: /ECONNREFUSED/, message: (place) => `The connection to ${place} was refused` },
  { test: /ENOTFOUND|EAI_AGAIN/, message: (place) => `The host of ${place} was not found` },
  {
    test: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    message: (place) => `Timed out connecting to ${place}`,
  },
  { test: /ECONNRESET|EPIPE/, message: (place) => `The connection to ${place} was lost` },
  {
    test: /CERT|SELF_SIGNED|UNABLE_TO/,
    message: (place) => `The certificate of ${place} could not be verified`,
    hint: 'Use the host name that the certificate is issued for; give the authority of your own with NODE_EXTRA_CA_CERTS.',
  },
  {
    test: /EPROTO|ERR_SSL|HPE_/,
    message: (place) => `${place} does not speak the protocol that is configured`,
    hint: 'Check whether the server is reached by http or by https.',
  },
]
