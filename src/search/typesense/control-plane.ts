import type { Client } from 'typesense'
import { isFailure } from './failure.ts'
import { openClient } from './open-client.ts'
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
