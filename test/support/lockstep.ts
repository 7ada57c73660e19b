import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A network in which all answers travel at the same time: what servers send is held back until each has answered everything that it was asked, and
 * nothing more is asked. So the number of deliveries is how many round trips follow one another, however slow the machine is. Only for clients
 * in this process, as those that still work hold up its timers.
 */
export interface Lockstep {
  /** The round trips up to now. */
  readonly rounds: number
  /** The connections up to now. */
  readonly connections: number
  /** The same database and role as `url`, by way of this network. */
  through(url: string): Promise<string>
  close(): Promise<void>
}

/** For so many turns of a timer of so many milliseconds, nothing more must have been asked. */
const QUIET_TURNS = 4
const TURN_MS = 5
/** A server that waits for another client answers when that one has its own answers. */
const STUCK_TURNS = 400

/** Starts one. */
export function startLockstep(): Lockstep {
  const servers: Server[] = []
  const links = new Set<Link>()
  let rounds = 0
  let connections = 0
  let quietTurns = 0
  const turn = () => {
    quietTurns += 1
    const holding = [...links].filter((link) => link.isHolding)
    const isOwed = [...links].some((link) => link.isOwed || link.isAwaited)
    if (holding.length === 0 || quietTurns < (isOwed ? STUCK_TURNS : QUIET_TURNS)) return
    quietTurns = 0
    rounds += 1
    for (const link of holding) link.deliver()
  }
  const timer = setInterval(turn, TURN_MS)
  const serve = async (port: number) => {
    const server = createServer((client) => {
      connections += 1
      const link = new Link(client, connect(port, '127.0.0.1'), () => {
        quietTurns = 0
      })
      links.add(link)
      client.on('close', () => links.delete(link))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The network has no port')
    return address.port
  }
  return {
    get rounds() {
      return rounds
    },
    get connections() {
      return connections
    },
    through: async (url) => {
      const slow = new URL(url)
      slow.host = `127.0.0.1:${await serve(Number(slow.port))}`
      return slow.href
    },
    close: async () => {
      clearInterval(timer)
      for (const link of links) link.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** One connection, with what its server owes and what it has sent. */
class Link {
  readonly #client: Socket
  readonly #upstream: Socket
  #held: Buffer[] = []
  #isReady = false
  #owed = 0
  #sent: Buffer = Buffer.alloc(0)
  #received: Buffer = Buffer.alloc(0)

  constructor(client: Socket, upstream: Socket, moved: () => void) {
    this.#client = client
    this.#upstream = upstream
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => undefined)
    client.on('data', (chunk: Buffer) => {
      moved()
      this.#take(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      moved()
      this.#answer(chunk)
      this.#held.push(chunk)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => {
      this.deliver()
      client.destroy()
    })
  }

  get isHolding(): boolean {
    return this.#held.length > 0
  }

  get isOwed(): boolean {
    return this.#owed > 0
  }

  deliver(): void {
    for (const chunk of this.#held.splice(0)) this.#client.write(chunk)
  }

  destroy(): void {
    this.#client.destroy()
    this.#upstream.destroy()
  }

  /** Until a session is open, the client answers, too, and computes its answer elsewhere; otherwise, it may be done. */
  get isAwaited(): boolean {
    return !this.#isReady && this.#owed === 0 && this.#held.length === 0
  }

  /** Until a session is open, each thing that is sent is answered; then what ends with a query or a Sync, or the rows of a COPY. */
  #take(chunk: Buffer): void {
    if (!this.#isReady) {
      this.#owed = 1
      return
    }
    this.#sent = messages(this.#sent, chunk, (code) => {
      if ('QScf'.includes(code)) this.#owed += 1
    })
  }

  #answer(chunk: Buffer): void {
    // The answer to a request for TLS is a single letter.
    if (!this.#isReady && chunk.length === 1) {
      this.#owed = 0
      return
    }
    this.#received = messages(this.#received, chunk, (code) => {
      const isAnswered = code === 'Z' || code === 'G' || (!this.#isReady && 'RE'.includes(code))
      if (code === 'Z') this.#isReady = true
      if (isAnswered) this.#owed = Math.max(0, this.#owed - 1)
    })
  }
}

/** Calls `see` with the code of each message that is complete, and returns the rest. */
function messages(before: Buffer, chunk: Buffer, see: (code: string) => void): Buffer {
  let rest = before.length === 0 ? chunk : Buffer.concat([before, chunk])
  while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
    see(String.fromCharCode(rest[0] ?? 0))
    rest = rest.subarray(1 + rest.readInt32BE(1))
  }
  return rest
}
