import { createServer, type Socket } from 'node:net'

/** A pooler that answers every startup packet with an error, as poolers do that know no such tenant or have no connection to give. */
export interface RefusingServer {
  readonly port: number
  /** What it says from now on; `$password` stands for the password that it asks for first. */
  say(sqlState: string, message: string): void
  close(): Promise<void>
}

const SSL_REQUEST = 80877103
const CLEARTEXT_REQUEST = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

/** Starts one on a free port. */
export async function startRefusingServer(): Promise<RefusingServer> {
  let answer = { sqlState: 'XX000', message: '' }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    refuse(socket, () => answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return {
    port: address.port,
    say: (sqlState, message) => {
      answer = { sqlState, message }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers whatever a client sends to begin with, and ends the connection. */
export function refuse(
  socket: Socket,
  answer: () => { readonly sqlState: string; readonly message: string },
): void {
  socket.on('data', (sent) => {
    const { sqlState, message } = answer()
    if (sent[0] === 0x70) {
      const password = sent.subarray(5, -1).toString()
      socket.end(errorMessage(sqlState, message.replaceAll('$password', password)))
    } else if (sent.readInt32BE(4) === SSL_REQUEST) socket.write('N')
    else if (message.includes('$password')) socket.write(CLEARTEXT_REQUEST)
    else socket.end(errorMessage(sqlState, message))
  })
}

function errorMessage(sqlState: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
