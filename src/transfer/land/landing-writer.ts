import type { ReadonlyTableMap } from '../../core/table-map.ts'
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

/** How rows arrive at a writer. */
interface Landing {
  readonly encoding: string
  /** How many parts one message may write. */
  readonly most: number
  readonly letGo?: () => Promise<void>
}

/** Writes parts into landing tables. */
export class LandingWriter implements PartWriter<Part> {
  readonly #session: Session
  readonly #places: ReadonlyTableMap<LandingPlace>
  readonly #landing: Landing
  readonly together: NonNullable<PartWriter<Part>['together']>

  constructor(session: Session, places: ReadonlyTableMap<LandingPlace>, landing: Landing) {
    this.#session = session
    this.#places = places
    this.#landing = landing
    this.together = {
      most: landing.most,
      write: (parts) =>
        session.copyInEach(
          parts.map(({ part, bytes }) => ({ table: part.table, sql: this.#sqlOf(part), bytes })),
        ),
    }
  }

  write<T>(part: Part, use: (sink: RowSink) => Promise<T>): Promise<T> {
    const sql = this.#sqlOf(part)
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
    await this.#landing.letGo?.()
  }

  #sqlOf(part: Part): string {
    const place = this.#places.get(part.table)
    if (place === undefined) throw new Error('A part of a table that has no place to land')
    return copyInSql(place.landing, place.columns, this.#landing.encoding, part)
  }
}
