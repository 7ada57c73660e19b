import pg from 'pg'
import type { ConnectionOptions } from './connection-options.ts'
import { guardProtocol } from './guard-protocol.ts'
import { requireChannelBinding } from './require-channel-binding.ts'

/**
 * Connects as `sslmode` asks; `prefer` falls back to plain and `allow` to TLS, as in libpq.
 * @throws what node-postgres throws
 */
export async function connect({ client: config, sslMode }: ConnectionOptions): Promise<pg.Client> {
  const attempts: pg.ClientConfig[] =
    sslMode === 'prefer'
      ? [config, { ...config, ssl: false }]
      : sslMode === 'allow'
        ? [config, { ...config, ssl: { rejectUnauthorized: false } }]
        : [config]
  for (const [index, attempt] of attempts.entries()) {
    const client = new pg.Client(attempt)
    guardProtocol(client)
    if (attempt.enableChannelBinding === true) requireChannelBinding(client)
    // Without a listener, a connection that breaks while idle would end the process; the next statement tells it.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      if (index === attempts.length - 1 || !isAboutTls(error)) throw error
    }
  }
  throw new Error('A connection has at least one attempt')
}

function isAboutTls(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /does not support SSL|no pg_hba.conf entry|no encryption|SSL/i.test(error.message)
}
