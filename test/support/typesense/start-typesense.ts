import { setMaxListeners } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createFaults, type Faults } from './create-faults.ts'
import { type Inspection, inspect } from './inspect.ts'
import type { LoggedRequest } from './receive-request.ts'
import { serveRequest } from './serve-request.ts'
import type { Store, Version } from './store.ts'

/** What a stand-in is started as. */
export interface TypesenseOptions {
  readonly version?: Version
  /** The key that may do everything. */
  readonly apiKey?: string
  /** Imports check and keep nothing but the ids that begin their lines, to measure the client alone. */
  readonly isInstant?: boolean
  /** How long a PATCH of a schema takes; other writes to the collection wait, another PATCH is refused. */
  readonly alterMs?: number
  /** The longest path with its query that is let through. */
  readonly maxUrlLength?: number
}

/** A stand-in of a Typesense server, listening on a free port of this machine. */
export interface Typesense extends Inspection {
  readonly url: string
  readonly port: number
  readonly apiKey: string
  readonly faults: Faults
  /** Every request in the order in which they were read; may be emptied. */
  readonly requests: LoggedRequest[]
  /** Breaks every connection and ends whatever is under way. */
  close(): Promise<void>
}

/** Starts a stand-in. */
export async function startTypesense(options: TypesenseOptions = {}): Promise<Typesense> {
  const store = emptyStore(options)
  const requests: LoggedRequest[] = []
  const { faults, take } = createFaults()
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const sleep = async (ms: number) => {
    if (ms > 0) await delay(ms, undefined, { signal: stopping.signal })
  }
  const underWay = new Set<Promise<void>>()
  const server = createServer({ maxHeaderSize: 1_000_000 }, (request, response) => {
    const served = serveRequest({ store, requests, takeFaults: take, sleep }, request, response)
      .catch((error: Error) => showMistake(error, response))
      .finally(() => underWay.delete(served))
    underWay.add(served)
  })
  const port = await listen(server)
  const close = async () => {
    stopping.abort()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await Promise.all([closed, ...underWay])
  }
  const url = `http://127.0.0.1:${port}`
  return { ...inspect(store), url, port, apiKey: store.adminKey, faults, requests, close }
}

/** Aborted reads and sleeps are of clients that went away; anything else is a mistake of the stand-in. */
function showMistake(error: Error, response: ServerResponse): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(500).end(JSON.stringify({ message: String(error.stack) }))
}

function emptyStore(options: TypesenseOptions): Store {
  const { version = '29.0', apiKey = 'admin-key', isInstant = false } = options
  return {
    version,
    adminKey: apiKey,
    isInstant,
    alterMs: options.alterMs ?? 0,
    maxUrlLength: options.maxUrlLength ?? 4000,
    collections: new Map(),
    aliases: new Map(),
    keys: new Map(),
    synonymSets: new Map(),
    curationSets: new Map(),
    presets: new Map(),
    health: { isOk: true },
    nextKeyId: 0,
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stand-in has no port')
  return address.port
}
