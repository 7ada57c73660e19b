import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import { copyInSql } from '../source/copy-sql.ts'
import type { Part } from '../source/part.ts'
import type { PartWriter, RowSink } from '../source/row-source.ts'

/** The table that the rows of a table land in, and the columns that receive their text. */
export interface LandingPlace {
  readonly landing: TableName
  readonly columns: readonly string[]
}

/** Writes parts into landing tables. */
export class LandingWriter implements PartWriter<Part> {
  readonly #session: Session
  readonly #placeOf: (table: TableName) => LandingPlace
  readonly #encoding: string
  readonly #letGo: () => Promise<void>

  constructor(
    session: Session,
    placeOf: (table: TableName) => LandingPlace,
    encoding: string,
    letGo: () => Promise<void>,
  ) {
    this.#session = session
    this.#placeOf = placeOf
    this.#encoding = encoding
    this.#letGo = letGo
  }

  write<T>(part: Part, use: (sink: RowSink) => Promise<T>): Promise<T> {
    const { landing, columns } = this.#placeOf(part.table)
    const sql = copyInSql(landing, columns, this.#encoding, part)
    return this.#session.busy(sql, () => {
      const into = this.#session.copyIn(sql)
      return use({ stages: [into], written: () => ({ rows: into.rowCount }) })
    })
  }

  explain(error: unknown): unknown {
    return this.#session.explain(error)
  }

  /** The session has nothing open, and another writer may use it. */
  async end(): Promise<void> {
    await this.#letGo()
  }
}
