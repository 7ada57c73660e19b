import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** A proxy in front of a server, to break its connections, or to change what it sends. */
export interface TcpProxy {
  /** The URL of the server, through the proxy. */
  readonly url: string
  /** Breaks every connection. New ones are served. */
  cut(): void
  /** Breaks every connection as soon as this many bytes have come from the server in all. */
  cutAfter(bytes: number): void
  /** Replaces bytes that come from the server, where they arrive in one piece; texts are of bytes (latin1). */
  replace(...replacements: readonly (readonly [from: string, to: string])[]): void
  /** Passes nothing more on, without closing anything. New connections are served. */
  stall(): void
  /** The same as soon as this many bytes have come from the server in all. */
  stallAfter(bytes: number): void
  /** The same, for a connection that sends something which matches, once it has sent what matches `after`. All of it reaches the server. Resolves when that has happened. */
  stallAt(sent: RegExp, after?: RegExp): Promise<void>
  /** Stalls, and serves no new connection either: it is accepted, and nothing more. */
  mute(): void
  close(): Promise<void>
}

/** Starts a proxy to a server of this machine, which a URL leads to. */
export async function startProxy(serverUrl: string): Promise<TcpProxy> {
  const through = new URL(serverUrl)
  const targetPort = Number(through.port)
  const sockets = new Set<Socket>()
  let bytesLeft = Number.POSITIVE_INFINITY
  let bytesToStall = Number.POSITIVE_INFINITY
  let stalling: { readonly sent: RegExp; readonly after: RegExp; readonly report: () => void } | undefined
  let isMute = false
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const stall = (stalled: Iterable<Socket>) => {
    for (const socket of stalled) {
      socket.unpipe()
      socket.pause()
    }
  }
  let replaced: readonly (readonly [from: string, to: string])[] = []
  const rewrite = (chunk: Buffer) => {
    let text = chunk.toString('latin1')
    for (const [from, to] of replaced) text = text.replaceAll(from, () => to)
    return Buffer.from(text, 'latin1')
  }
  const server = createServer((client) => {
    if (isMute) {
      sockets.add(client)
      client.on('error', () => undefined)
      return
    }
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.pipe(upstream)
    const rewriting = new Transform({
      transform: (chunk: Buffer, _, done) => done(null, replaced.length === 0 ? chunk : rewrite(chunk)),
    })
    upstream.pipe(rewriting).pipe(client)
    upstream.on('data', (chunk) => {
      bytesLeft -= chunk.length
      if (bytesLeft < 0) cut()
      bytesToStall -= chunk.length
      if (bytesToStall >= 0) return
      bytesToStall = Number.POSITIVE_INFINITY
      stall(sockets)
    })
    let isAwaited = false
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      if (stalling?.after.test(text)) isAwaited = true
      if (!isAwaited || !stalling?.sent.test(text)) return
      stall([client, upstream])
      stalling.report()
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  through.port = String(address.port)
  return {
    url: through.href,
    cut,
    cutAfter: (bytes) => {
      bytesLeft = bytes
    },
    stall: () => stall(sockets),
    stallAfter: (bytes) => {
      bytesToStall = bytes
    },
    stallAt: (sent, after = /^/) =>
      new Promise((report) => {
        stalling = { sent, after, report }
      }),
    mute: () => {
      isMute = true
      stall(sockets)
    },
    replace: (...replacements) => {
      replaced = replacements
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
