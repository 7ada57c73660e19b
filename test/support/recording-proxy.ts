import { connect, createServer } from 'node:net'
import { onTestFinished } from 'vitest'

/** Everything that has passed between clients and a server. */
export interface Recording {
  /** The same database and role as the URL that was given, by way of the proxy. */
  readonly url: string
  /** How many bytes have passed. */
  readonly bytes: number
  /** The values that have passed, as they are, in hexadecimal, in base64 or with escapes. */
  found(values: readonly string[]): string[]
}

/** Starts a proxy before the server of a URL that keeps all that passes, for the length of a test. */
export async function recordTraffic(url: string): Promise<Recording> {
  const chunks: Buffer[] = []
  const target = new URL(url)
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)))
      from.on('error', () => to.destroy())
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(address.port)
  return {
    url: through.href,
    get bytes() {
      return chunks.reduce((total, chunk) => total + chunk.length, 0)
    },
    found: (values) => {
      const all = Buffer.concat(chunks)
      const lower = Buffer.from(all.toString('latin1').toLowerCase(), 'latin1')
      return values.filter((value) => {
        const bytes = Buffer.from(value)
        // Three of the four alignments of base64 that a longer value could have.
        const base64 = [0, 1, 2].map((at) =>
          Buffer.concat([Buffer.alloc(at), bytes])
            .toString('base64')
            .slice(at === 0 ? 0 : 4, -4),
        )
        const forms = [bytes, ...base64.filter((text) => text.length >= 6).map((text) => Buffer.from(text))]
        return forms.some((form) => all.includes(form)) || lower.includes(bytes.toString('hex'))
      })
    },
  }
}
