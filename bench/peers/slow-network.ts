import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Transform, type TransformCallback } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a network does to the bytes that cross it. */
export interface Network {
  /** Each way takes half of it. */
  readonly roundTripMs: number
  /** Of all connections together, for each way. */
  readonly bitsPerSecond: number
}

/** A server behind a slow network. */
export interface SlowServer {
  readonly port: number
  close(): Promise<void>
}

/** 20 ms, 100 Mbit/s. */
export const SLOW: Network = { roundTripMs: 20, bitsPerSecond: 100_000_000 }

/** Puts a slow network before a port of this machine. */
export async function slowDown(port: number, network: Network): Promise<SlowServer> {
  const [there, back] = [new Line(network.bitsPerSecond), new Line(network.bitsPerSecond)]
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    for (const [from, to, line] of [
      [near, far, there],
      [far, near, back],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      // What is cut off on one side is cut off on the other.
      from.once('error', () => to.destroy())
      from.once('close', () => sockets.delete(from))
      from.pipe(new Delay(line, network.roundTripMs / 2)).pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What all connections share. */
class Line {
  readonly #bytesPerMs: number
  #freeAtMs = 0

  constructor(bitsPerSecond: number) {
    this.#bytesPerMs = bitsPerSecond / 8 / 1000
  }

  /** When the last of some bytes has left, if they are sent as soon as the line is free. */
  send(bytes: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, performance.now()) + bytes / this.#bytesPerMs
    return this.#freeAtMs
  }
}

/** A sender is that far ahead of the line: without it, the line would be idle for as long as timers are late. */
const AHEAD_MS = 20

/** Holds bytes back for as long as they would be on their way; their order stays. */
class Delay extends Transform {
  readonly #line: Line
  readonly #delayMs: number
  #last: Promise<void> = Promise.resolve()

  constructor(line: Line, delayMs: number) {
    super()
    this.#line = line
    this.#delayMs = delayMs
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const leavesAt = this.#line.send(chunk.length)
    this.#last = this.#last.then(async () => {
      await until(leavesAt + this.#delayMs)
      if (!this.destroyed) this.push(chunk)
    })
    void until(leavesAt - AHEAD_MS).then(() => done())
  }

  override _flush(done: TransformCallback): void {
    void this.#last.then(() => done())
  }
}

async function until(atMs: number): Promise<void> {
  const ms = atMs - performance.now()
  if (ms > 0) await sleep(ms)
}
