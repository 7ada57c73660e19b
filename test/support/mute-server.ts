import { createServer, type Socket } from 'node:net'

/** A server that accepts connections and says no more than it is given to say. */
export interface MuteServer {
  readonly port: number
  /** How many connections the other side has not ended. */
  readonly connections: () => number
  close(): Promise<void>
}

/** Starts one that answers the first thing it is sent with `answers[0]`, the second with `answers[1]`, and everything else with silence. */
export async function startMuteServer(answers: readonly (string | Buffer)[]): Promise<MuteServer> {
  const sockets = new Set<Socket>()
  const accepted: Socket[] = []
  // It keeps its side open when the other one has ended, as a server that hangs does.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const left = [...answers]
    sockets.add(socket)
    accepted.push(socket)
    socket.on('error', () => undefined)
    for (const end of ['end', 'close']) socket.on(end, () => sockets.delete(socket))
    socket.on('data', () => {
      const answer = left.shift()
      if (answer !== undefined && answer.length > 0) socket.write(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return {
    port: address.port,
    connections: () => sockets.size,
    close: async () => {
      for (const socket of accepted) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
