import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Outcome } from './handle-request.ts'
import type { Incoming } from './incoming.ts'
import { sendReply } from './send-reply.ts'

/** A server on a free port of this machine. */
export interface Listener {
  readonly url: string
  /** Breaks every connection and forgets the replies that were still to come. */
  close(): Promise<void>
}

/** Answers requests, each once it has come in whole, as their outcomes say. */
export async function listen(
  handle: (incoming: Incoming) => Promise<Outcome>,
  now: () => number,
): Promise<Listener> {
  const timers = new Set<NodeJS.Timeout>()
  const later = (delayMs: number, act: () => void) => {
    // A request may have come in whole just before the server was closed.
    if (!server.listening) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, delayMs)
    timers.add(timer)
  }
  const server = createServer(async (request, response) => {
    try {
      const outcome = await handle(await readIncoming(request))
      // By the stand-in's clock, so that a date in Retry-After can be measured against it.
      response.setHeader('date', new Date(now()).toUTCString())
      deliver(response, outcome, later)
    } catch (error) {
      // A client that hangs up in mid-request is no error; anything else is one of the stand-in.
      if (!request.destroyed || request.complete) console.error(error)
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stand-in has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function readIncoming(request: IncomingMessage): Promise<Incoming> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  return {
    method: request.method ?? '',
    origin: `http://${request.headers.host}`,
    path,
    query: new URLSearchParams(query),
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'] ?? '',
    body: Buffer.concat(chunks),
  }
}

function deliver(
  response: ServerResponse,
  { reply, fault }: Outcome,
  later: (delayMs: number, act: () => void) => void,
): void {
  if (fault === undefined) sendReply(response, reply)
  else if ('delayMs' in fault) later(fault.delayMs, () => sendReply(response, reply))
  else if ('stallMs' in fault) sendReply(response, reply, (finish) => later(fault.stallMs, finish))
  else if (!('cut' in fault)) sendReply(response, reply)
  // Closed, not reset: a reset would take back what the client has not read yet.
  else if (fault.cut === 'mid-reply') sendReply(response, reply, () => response.socket?.destroy())
  else response.socket?.resetAndDestroy()
}
