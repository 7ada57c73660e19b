import pg from 'pg'
import type { SslMode } from '../core/ssl-mode.ts'
import { unlessAborted } from '../core/unless-aborted.ts'
import { withDeadline } from '../core/with-deadline.ts'
import type { Server } from './connection-options.ts'
import { guardProtocol } from './guard-protocol.ts'
import { isAboutTls } from './is-about-tls.ts'
import { socketOfReadBuffers } from './read-buffers.ts'
import { requireChannelBinding } from './require-channel-binding.ts'
import { SHARING_TYPES } from './share-values.ts'
import { noAnswer } from './within.ts'

/**
 * Connects to a server as `sslmode` asks and prepares the connection; `prefer` falls back to plain and `allow` to TLS, as in libpq. All of it together
 * must be done within the connect timeout: looking up the name, every address and attempt, TLS, logging in, and the statements of `prepare`.
 * Whatever fails, or an abort of `signal`, leaves no connection behind.
 * @throws what node-postgres throws, or the reason of `signal`
 */
export async function connect<T>(
  server: Server,
  sslMode: SslMode,
  signal: AbortSignal,
  prepare: (client: pg.Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  return withDeadline(server.client.connectionTimeoutMillis ?? 0, signal, async (deadline) => {
    const attempts = attemptsOf(server, sslMode)
    for (const [index, attempt] of attempts.entries()) {
      const client = new pg.Client({ ...attempt, stream: socketOfReadBuffers, types: SHARING_TYPES })
      forgetEnvironment(client, attempt)
      guardProtocol(client)
      if (attempt.enableChannelBinding === true) requireChannelBinding(client)
      // Without a listener, a connection that breaks while idle would end the process; the next statement fails instead.
      client.on('error', () => undefined)
      let isConnected = false
      const work = async () => {
        await client.connect()
        isConnected = true
        return prepare(client)
      }
      try {
        return await unlessAborted(deadline, () => noAnswer(signal), work)
      } catch (error) {
        // The server may keep its side open: a polite close could wait for the server, so the socket is destroyed.
        client.connection.stream.destroy()
        if (isConnected || index === attempts.length - 1 || !isAboutTls(error)) throw error
      }
    }
    throw new Error('A connection has at least one attempt')
  })
}

/**
 * What node-postgres takes from the environment where it is given nothing: a pooler would keep a name for its other clients, and a session of our own
 * is named when it is pinned.
 */
function forgetEnvironment(client: pg.Client, { options }: pg.ClientConfig): void {
  if (!('connectionParameters' in client)) return
  const given = { application_name: undefined, replication: undefined, options }
  Object.assign(client.connectionParameters as object, given)
}

function attemptsOf({ client: config }: Server, sslMode: SslMode): pg.ClientConfig[] {
  if (sslMode === 'prefer') return [config, { ...config, ssl: false }]
  if (sslMode === 'allow') return [config, { ...config, ssl: { rejectUnauthorized: false } }]
  return [config]
}
