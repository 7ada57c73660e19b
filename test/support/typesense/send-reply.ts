import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Reply } from './call.ts'

/** Sends a reply to its end; a client that has gone away is no error. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  if (response.destroyed) return
  writeHead(response, reply)
  if (typeof reply.body === 'string') {
    response.end(reply.body)
    return
  }
  await pipeline(Readable.from(reply.body, { objectMode: true }), response).catch(() => undefined)
}

/** Sends about half of a reply that announces all of it; the connection is left for the caller to break. */
export async function sendHalf(response: ServerResponse, reply: Reply): Promise<void> {
  if (response.destroyed) return
  const body = Buffer.from(typeof reply.body === 'string' ? reply.body : [...reply.body].join(''))
  response.setHeader('content-length', body.length + 1)
  writeHead(response, reply)
  response.flushHeaders()
  const half = body.subarray(0, Math.ceil(body.length / 2))
  if (half.length > 0) await new Promise<void>((resolve) => response.write(half, () => resolve()))
}

function writeHead(response: ServerResponse, { status, contentType, retryAfter }: Reply): void {
  response.setHeader('content-type', contentType)
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  response.writeHead(status)
}
