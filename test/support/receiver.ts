import { createServer } from 'node:http'

/** What a receiver was sent. */
interface Received {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}

/** A server that notes whatever it is sent. */
export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What it answers from now on; `'nothing'` keeps the connection open without an answer. */
  answer(how: number | 'nothing'): void
  close(): Promise<void>
}

/** Starts a receiver on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let how: number | 'nothing' = 200
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      received.push({ method, path, authorization: headers.authorization, body })
      if (how !== 'nothing') response.writeHead(how).end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answer: (answer) => {
      how = answer
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
