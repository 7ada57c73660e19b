import { Client } from 'typesense'
import { FAILURE_HINTS, isFailure, TypesenseFailure } from './failure.ts'
import type { TypesenseRequest } from './open-reply.ts'
import type { Transport } from './transport.ts'

/** Requests about the server and its collections, not about documents. */
export interface ControlPlane {
  readonly transport: Transport
  /** Asks once, and again while the failure passes. */
  call<T>(ask: (client: Client) => Promise<T>): Promise<T>
  /** Asks in the same way; undefined if what was asked for is not there. */
  find<T>(ask: (client: Client) => Promise<T>): Promise<T | undefined>
  /** Asks a single time. */
  readonly client: Client
}

/** Opens it over the same way to the servers as that of the documents. */
export function openControlPlane(transport: Transport): ControlPlane {
  const client = openClient(transport)
  const call = <T>(ask: (client: Client) => Promise<T>) => transport.repeat(() => ask(client))
  return {
    transport,
    client,
    call,
    find: (ask) =>
      call(ask).catch((error: unknown) => {
        if (isFailure(error, 'missing')) return undefined
        throw error
      }),
  }
}

/**
 * The official client over our own transport, each request sent once. Its own way of sending waits for nothing but the first byte,
 * cannot be aborted, prints to the console and puts request bodies into its errors.
 */
function openClient(transport: Transport): Client {
  return new Client({
    nodes: [{ url: '' }],
    apiKey: 'sent by the transport',
    numRetries: 0,
    logLevel: 'silent',
    axiosAdapter: async (config) => {
      const body = await transport.send({
        method: (config.method ?? 'get').toUpperCase() as TypesenseRequest['method'],
        path: `${config.url}${queryOf(config.params)}`,
        body: config.data,
      })
      return { data: parsed(body, transport), status: 200, statusText: '', headers: {}, config }
    },
  })
}

function queryOf(params: Readonly<Record<string, string>> | undefined): string {
  return params === undefined ? '' : `?${new URLSearchParams(params)}`
}

/** Such as the page of a proxy that answers for the server: the parser's error would quote it. */
function parsed(body: string, { place }: Transport): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new TypesenseFailure('broken reply', `${place} sent a reply that is not JSON`, {
      hint: FAILURE_HINTS['broken reply'],
    })
  }
}
