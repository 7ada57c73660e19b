import { connect, createServer, type Socket } from 'node:net'

/** A pooler in transaction mode with a single server connection, which all its clients share. */
export interface SharedBackend {
  readonly port: number
  close(): Promise<void>
}

const SSL_REQUEST = 80877103
/** AuthenticationOk, then ReadyForQuery outside a transaction. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

/** How BackendKeyData begins; the process id follows. */
const BACKEND_KEY = Buffer.from([0x4b, 0, 0, 0, 12])

/** The first client logs in at the server; later ones are welcomed at once and speak over the same connection. */
export async function startSharedBackend(targetPort: number): Promise<SharedBackend> {
  const clients = new Set<Socket>()
  const backend = connect(targetPort, '127.0.0.1')
  backend.on('error', () => undefined)
  let speaker: Socket | undefined
  let isLoggedIn = false
  let hasGivenKey = false
  backend.on('data', (chunk) => {
    // As poolers do, it gives a key of its own.
    const key = hasGivenKey ? -1 : chunk.indexOf(BACKEND_KEY)
    if (key >= 0) {
      chunk.writeInt32BE(1, key + BACKEND_KEY.length)
      hasGivenKey = true
    }
    speaker?.write(chunk)
  })
  const server = createServer((client) => {
    clients.add(client)
    client.on('error', () => undefined)
    client.on('close', () => clients.delete(client))
    let hasStarted = false
    client.on('data', (chunk) => {
      if (!hasStarted && chunk.length === 8 && chunk.readInt32BE(4) === SSL_REQUEST) {
        client.write('N')
        return
      }
      const isWelcomed = !hasStarted && isLoggedIn
      hasStarted = true
      if (isWelcomed) {
        client.write(WELCOME)
        return
      }
      isLoggedIn = true
      speaker = client
      // Terminate ends the client's connection, not the pooler's.
      if (chunk[0] !== 0x58) backend.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The pooler has no port')
  return {
    port: address.port,
    close: async () => {
      backend.destroy()
      for (const client of clients) client.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
