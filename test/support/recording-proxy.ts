import { connect, createServer } from 'node:net'
import { onTestFinished } from 'vitest'

/** Everything that has passed between clients and a server. */
export interface Recording {
  /** The same database and role as the URL that was given, by way of the proxy. */
  readonly url: string
  /** How many bytes have passed. */
  readonly bytes: number
  /** The values that have passed, as they are, in hexadecimal, in base64, with escapes, or as PostgreSQL's binary form has numbers and uuids. */
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
        return (
          [...forms, ...binaryFormsOf(value)].some((form) => all.includes(form)) ||
          lower.includes(bytes.toString('hex'))
        )
      })
    },
  }
}

/** A large integer as eight bytes, and as the digits of a numeric; the beginning of a uuid as bytes. */
function binaryFormsOf(value: string): Buffer[] {
  if (/^[0-9a-f]{8}-[0-9a-f-]+$/.test(value)) {
    const hex = value.replaceAll('-', '')
    return [Buffer.from(hex.slice(0, hex.length - (hex.length % 2)), 'hex')]
  }
  if (/^\d+\.\d+$/.test(value)) return [numericDigits(value)]
  if (!/^\d{9,18}$/.test(value)) return []
  const integer = Buffer.alloc(8)
  integer.writeBigInt64BE(BigInt(value))
  return [integer]
}

/** Groups of four digits, as the binary form of a numeric has them. */
function numericDigits(value: string): Buffer {
  const [whole = '', fraction = ''] = value.split('.')
  const padded = `${whole.padStart(Math.ceil(whole.length / 4) * 4, '0')}${fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0')}`
  const groups = padded.match(/.{4}/g) ?? []
  const bytes = Buffer.alloc(groups.length * 2)
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(Number(group), index * 2)
  return bytes
}
