import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { connect } from './connect.ts'
import type { ConnectionOptions, Server } from './connection-options.ts'
import { type MarkedBackend, runFirstTransaction } from './first-transaction.ts'
import { tryServers } from './try-servers.ts'
import { within } from './within.ts'

/** A connection, and the backend that served its first transaction. Nothing has been set on it. */
export interface ServedConnection extends MarkedBackend {
  readonly client: pg.Client
  /** That which it leads to, of those that the URL names. */
  readonly server: Server
  /** `server_version_num`, such as 180004. */
  readonly version: number
  /** Whether the connection leads straight to that backend. Otherwise a pooler may give the backend to others between two transactions. */
  readonly isDirect: boolean
}

/**
 * Connects and finds out which backend serves the connection, without leaving a trace on it.
 * @throws what node-postgres throws; NoAnswerError after `limitMs`, which bounds the first transaction alone; the reason of an abort
 */
export async function openServedConnection(
  options: ConnectionOptions,
  limitMs: number,
  signal: AbortSignal,
): Promise<ServedConnection> {
  return tryServers(options, signal, (server, expect) => {
    const startedAt = performance.now()
    return connect(server, options.sslMode, signal, async (client) => {
      const mark = newMark()
      const served = await within(limitMs, signal, () => runFirstTransaction(client, mark))
      expect(served)
      const { pid, version, ageMs } = served
      // A server gives its backend's process id as the key. Poolers give numbers of their own; the few that pass on the id of a backend
      // mostly had that backend before, so it is older than the connection.
      const isDirect = keyOf(client) === pid && ageMs <= performance.now() - startedAt
      return { client, server: asServed(server, options, client), pid, version, mark, isDirect }
    })
  })
}

/** A server that `prefer` has found to have no TLS is not asked for it again with each further connection. */
function asServed(server: Server, { sslMode }: ConnectionOptions, { ssl }: pg.Client): Server {
  return sslMode === 'prefer' && ssl === false ? { ...server, client: { ...server.client, ssl } } : server
}

/** A mark that no other transaction has. */
export function newMark(): string {
  return `mbsync ${randomBytes(8).toString('hex')}`
}

/** The process id with which statements of the connection are cancelled. */
function keyOf(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : undefined
}
