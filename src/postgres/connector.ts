import { RefusedError } from '../core/errors.ts'
import { awaitRoom } from './await-room.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { proveSessionMode } from './prove-session-mode.ts'
import { openServedConnection, type ServedConnection } from './served-connection.ts'

/** Opens the connections of a database: all to one server, and through no pooler that is in transaction mode. */
export class Connector {
  readonly #name: string
  readonly #connectMs: number
  /** Once a connection is open, of one server alone: a run must not be spread over several. */
  #options: ConnectionOptions
  #first: Promise<ServedConnection> | undefined
  #isSessionMode = false

  /** @param name what the database is called in messages */
  constructor(name: string, options: ConnectionOptions, connectMs: number) {
    this.#name = name
    this.#options = options
    this.#connectMs = connectMs
  }

  /** How it connects. Holds credentials: never printed. */
  get options(): ConnectionOptions {
    return this.#options
  }

  /** For how long a connection is waited for, in milliseconds. */
  get connectMs(): number {
    return this.#options.servers[0].client.connectionTimeoutMillis ?? this.#connectMs
  }

  /** Whether the URL leads through a pooler, which is in session mode. */
  get isSessionMode(): boolean {
    return this.#isSessionMode
  }

  /**
   * Opens a connection. Whether a URL leads through a pooler is found out with the first one; all others wait for that.
   * @throws RefusedError if the backend may serve others between two transactions
   */
  async connect(signal: AbortSignal): Promise<ServedConnection> {
    if (this.#first !== undefined) {
      await this.#first
      return this.#connectOwn(signal)
    }
    const first = this.#connectOwn(signal)
    this.#first = first
    first.catch((error: unknown) => {
      if (!(error instanceof RefusedError)) this.#first = undefined
    })
    return first
  }

  async #connectOwn(signal: AbortSignal): Promise<ServedConnection> {
    const limitMs = this.connectMs
    const open = (waitMs: number) => openServedConnection(this.#options, waitMs, signal)
    const connection = await awaitRoom({ limitMs, signal }, () => open(limitMs))
    const { server } = connection
    this.#options = { ...this.#options, servers: [server], place: server.place, sessionAttributes: 'any' }
    if (connection.isDirect || this.#isSessionMode) return connection
    try {
      await proveSessionMode(connection, { name: this.#name, open, limitMs, signal })
      this.#isSessionMode = true
      return connection
    } catch (error) {
      connection.client.connection.stream.destroy()
      throw error
    }
  }
}
