import * as http from 'node:http'
import * as https from 'node:https'
import type { TypesenseNode } from './typesense-settings.ts'

/** A request by its path, which has the query in it. */
export interface TypesenseRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: string | undefined
}

/** The connections that are kept for the requests to come. */
interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

/** What a request is sent with. */
interface Sending {
  readonly node: TypesenseNode
  readonly agents: Agents
  readonly apiKey: string
  readonly connectMs: number
  /** Breaks the request, and the body of its reply. */
  readonly signal: AbortSignal
}

/** Opens no connection yet. */
export function createAgents(): Agents {
  return { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) }
}

/**
 * Sends a request; the head of the reply has arrived, its body is still to be read.
 * Not `fetch`, which cannot be told how long a connection may take.
 */
export function openReply(
  { method, path, body }: TypesenseRequest,
  sending: Sending,
): Promise<http.IncomingMessage> {
  const { node, agents, apiKey, signal } = sending
  const headers: http.OutgoingHttpHeaders = {
    'x-typesense-api-key': apiKey,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
  }
  const options = { host: node.host, port: node.port, method, path: `${node.path}${path}`, headers, signal }
  return new Promise((resolve, reject) => {
    const request =
      node.protocol === 'https'
        ? https.request({ ...options, agent: agents.https })
        : http.request({ ...options, agent: agents.http })
    request.on('error', reject)
    request.on('response', resolve)
    limitConnecting(request, node.protocol, sending.connectMs)
    request.end(body)
  })
}

function limitConnecting(
  request: http.ClientRequest,
  protocol: TypesenseNode['protocol'],
  limitMs: number,
): void {
  request.on('socket', (socket) => {
    if (!socket.connecting) return
    const tooLong = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => request.destroy(tooLong), limitMs)
    socket.once(protocol === 'https' ? 'secureConnect' : 'connect', () => clearTimeout(timer))
    request.once('close', () => clearTimeout(timer))
  })
}
