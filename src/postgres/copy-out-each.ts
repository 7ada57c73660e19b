import pg from 'pg'

/** What one `COPY … TO STDOUT` of several has given. */
export interface CopiedOut {
  readonly bytes: Buffer
  /** By the server's own count. */
  readonly rows: number
}

/** More is not held in memory. */
const MOST_BYTES = 16 * 1024 * 1024

/**
 * Runs many `COPY … TO STDOUT` in one message. For small ones: all rows are held in memory.
 * @param ended is called with each as it ends
 * @returns whether all rows could be held
 */
export function copyOutEach(
  client: pg.Client,
  statements: readonly string[],
  ended: (copied: CopiedOut) => void,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const copies = new CopiesOut(statements.join(';\n'), ended)
    copies.on('end', () => resolve(copies.areHeld))
    copies.on('error', reject)
    client.query(copies)
  })
}

/** A server sends a row of COPY as one message, and what a statement ends with after its rows. */
class CopiesOut extends pg.Query {
  readonly #ended: (copied: CopiedOut) => void
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(sql: string, ended: (copied: CopiedOut) => void) {
    super(sql)
    this.#ended = ended
  }

  get areHeld(): boolean {
    return this.#bytes <= MOST_BYTES
  }

  /** @override */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#bytes += chunk.length
    // The buffer that it lies in is used again.
    if (this.areHeld) this.#chunks.push(Buffer.from(chunk))
    else this.#chunks = []
  }

  /** @override */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const bytes = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#ended({ bytes, rows: countOfCopy(text) })
  }
}

/** The number of rows in the tag of a COPY that has ended, such as `COPY 5`. */
export function countOfCopy(tag: string): number {
  return Number(/^COPY (\d+)$/.exec(tag)?.[1])
}
