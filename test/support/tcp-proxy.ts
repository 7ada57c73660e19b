import { connect, createServer, type Socket } from 'node:net'

/** A proxy in front of a server, to break its connections. */
export interface TcpProxy {
  readonly port: number
  /** Breaks every connection as soon as this many bytes have come from the server in all. */
  cutAfter(bytes: number): void
  /** Passes nothing more on, without closing anything. */
  stall(): void
  close(): Promise<void>
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let bytesLeft = Number.POSITIVE_INFINITY
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.pipe(upstream)
    upstream.pipe(client)
    upstream.on('data', (chunk) => {
      bytesLeft -= chunk.length
      if (bytesLeft < 0) cut()
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  return {
    port: address.port,
    cutAfter: (bytes) => {
      bytesLeft = bytes
    },
    stall: () => {
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
