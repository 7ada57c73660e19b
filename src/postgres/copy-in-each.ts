import pg from 'pg'
import { countOfCopy } from './copy-out-each.ts'
import { messageHeader } from './message-header.ts'

/** A `COPY … FROM STDIN`, and all that it takes in. */
export interface CopyIn {
  readonly sql: string
  readonly bytes: Buffer
}

/**
 * Runs many `COPY … FROM STDIN` in one message, with the rows of all right behind it: the server takes them in as it comes to each statement, and
 * passes over what is left after an error.
 * @param ended is called as each ends, with how many rows the server has counted
 */
export function copyInEach(
  client: pg.Client,
  copies: readonly CopyIn[],
  ended: (rows: number) => void,
): Promise<true> {
  return new Promise((resolve, reject) => {
    const query = new CopiesIn(copies, ended)
    query.on('end', () => resolve(true))
    query.on('error', reject)
    client.query(query)
  })
}

class CopiesIn extends pg.Query {
  readonly #ended: (rows: number) => void
  override submit: (connection: pg.Connection) => void

  constructor(copies: readonly CopyIn[], ended: (rows: number) => void) {
    const sql = copies.map((copy) => copy.sql).join(';\n')
    super(sql)
    this.#ended = ended
    this.submit = ({ stream }) => {
      stream.write(
        Buffer.concat([...queryMessage(sql), ...copies.flatMap(({ bytes }) => rowMessages(bytes))]),
      )
    }
  }

  /** What the server asks for is on its way. @override */
  handleCopyInResponse(): void {}

  /** @override */
  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#ended(countOfCopy(text))
  }
}

function queryMessage(sql: string): Buffer[] {
  const text = Buffer.from(`${sql}\0`)
  return [messageHeader('Q', text.length), text]
}

function rowMessages(bytes: Buffer): Buffer[] {
  const rows = bytes.length === 0 ? [] : [messageHeader('d', bytes.length), bytes]
  return [...rows, messageHeader('c', 0)]
}
