import pg from 'pg'
import { parseCopyRow } from './copy-rows.ts'

/** The rows of one COPY, each the texts of its columns; NULL is null. */
export type CopiedRows = (string | null)[][]

/** Runs many `COPY … TO STDOUT` in one message, and returns the rows of each. For small ones: all rows are held in memory. */
export function copyOutEach(client: pg.Client, statements: readonly string[]): Promise<CopiedRows[]> {
  return new Promise((resolve, reject) => {
    const copies = new Copies(statements.join(';\n'))
    copies.on('end', () => resolve(copies.all))
    copies.on('error', reject)
    client.query(copies)
  })
}

/** A server sends a row of COPY as one message, and what a statement ends with after its rows. */
class Copies extends pg.Query {
  readonly all: CopiedRows[] = []
  #rows: CopiedRows = []

  /** @override */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const line = chunk.toString('utf8')
    this.#rows.push(parseCopyRow(line.endsWith('\n') ? line.slice(0, -1) : line))
  }

  /** @override */
  handleCommandComplete(): void {
    this.all.push(this.#rows)
    this.#rows = []
  }
}
