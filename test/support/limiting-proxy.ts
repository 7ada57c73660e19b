import { connect, createServer, type Socket } from 'node:net'
import { refuse } from './refusing-server.ts'

/** A proxy that, as poolers of hosts do, serves no more than some connections, and counts one for a while after it was closed. */
export interface LimitingProxy {
  /** The same database and role as `url`, through the proxy. */
  through(url: string): string
  close(): Promise<void>
}

/** Starts one in front of the server of `serverUrl`. */
export async function startLimitingProxy(
  serverUrl: string,
  { most, lagMs }: { readonly most: number; readonly lagMs: number },
): Promise<LimitingProxy> {
  const sockets = new Set<Socket>()
  let counted = 0
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    keep(client)
    if (counted >= most) {
      refuse(client, () => ({
        sqlState: 'XX000',
        message:
          'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size',
      }))
      return
    }
    counted += 1
    const upstream = connect(Number(new URL(serverUrl).port), new URL(serverUrl).hostname)
    keep(upstream)
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('close', () => {
      upstream.destroy()
      setTimeout(() => {
        counted -= 1
      }, lagMs)
    })
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  return {
    through: (url) => {
      const limited = new URL(url)
      limited.host = `127.0.0.1:${address.port}`
      return limited.href
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
