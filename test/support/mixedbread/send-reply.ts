import type { ServerResponse } from 'node:http'
import type { Reply } from './reply.ts'

/** Sends a reply; where something is to happen at its half, the rest waits to be finished. */
export function sendReply(
  response: ServerResponse,
  { status, body, headers }: Reply,
  atHalf?: (finish: () => void) => void,
): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...headers,
  })
  if (atHalf === undefined) {
    response.end(bytes)
    return
  }
  const half = Math.floor(bytes.length / 2)
  response.write(bytes.subarray(0, half), () => atHalf(() => response.end(bytes.subarray(half))))
}
