import { type ReadonlyTableMap, TableMap } from '../../../core/table-map.ts'
import type { TableName } from '../../../core/table-name.ts'
import { type KeptMark, keptMark, type MarkedRows } from '../../../core/watermark.ts'
import type { Database } from '../../../postgres/database.ts'
import { relation } from '../../../postgres/identifiers.ts'
import type { Session } from '../../../postgres/session.ts'
import { enterUserPath, leaveUserPath } from '../../../postgres/user-path.ts'
import { copiedColumns } from '../../inspect/columns.ts'
import type { Inspection, TablePair } from '../../inspect/inspection.ts'
import { copyTableSql, landingEncoding } from '../../source/copy-sql.ts'
import type { Part } from '../../source/part.ts'
import type { PartWriter, RowSink, RowSource } from '../../source/row-source.ts'
import { NO_UNDATED_ROWS, readTablesAtMarks, type WriteMark } from '../../target-writes/foreign-writes.ts'
import { type Copied, NOTHING_COPIED } from '../copied.ts'
import type { Copying } from '../copy-parts.ts'
import { landInto } from '../land-into.ts'
import type { LandingPlace } from '../landing-writer.ts'
import { DifferingRows } from './differing-rows.ts'

/** A table of which only the rows have landed that differ from those of the target. */
export interface LandedDiffering {
  readonly sourceRows: number
  /** The target as it was compared. */
  readonly left: KeptMark & MarkedRows
}

/** How the tables of the target are read, and what was found. */
interface Differing {
  readonly target: Database
  readonly encoding: string
  /** By the table of the source. */
  readonly pairs: ReadonlyTableMap<TablePair>
  /** Taken before any of them is read. */
  readonly mark: WriteMark
  readonly found: TableMap<Pick<LandedDiffering, 'left'> & { readonly landed: number }>
}

/**
 * Lands parts, and of `compared` only the rows that the target does not have at the same place: they are read on both sides at once, each in the order of its rows on
 * disk. Each of these must be all rows of a table, in the binary form. A row that does not land is in the target with the same bytes in all copied columns. Two sessions of the
 * target are used for each of them. Tables of which all rows have landed are none that `differing` names.
 */
export async function landDiffering(
  places: ReadonlyTableMap<LandingPlace>,
  inspection: Inspection,
  target: Database,
  source: RowSource,
  copying: Omit<Copying<Part>, 'openReader' | 'openWriter' | 'first'>,
  { parts, mark }: { readonly parts: readonly Part[]; readonly mark: WriteMark },
): Promise<{
  readonly copied: ReadonlyTableMap<Copied>
  readonly differing: ReadonlyTableMap<LandedDiffering>
}> {
  const differing: Differing = {
    target,
    encoding: landingEncoding(source.encoding, inspection.target.server.encoding),
    pairs: new TableMap(inspection.pairs.map((pair) => [pair.source.name, pair])),
    mark,
    found: new TableMap(),
  }
  const copied = await landInto(places, inspection, target, source, copying, {
    parts,
    through: (landing) => new DifferingWriter(landing, differing),
  })
  const found = [...differing.found].map(([table, { landed, left }]) => {
    const { rows: sourceRows, ...span } = copied.get(table) ?? NOTHING_COPIED
    copied.set(table, { ...span, rows: landed })
    return [table, { sourceRows, left }] as const
  })
  return { copied, differing: new TableMap(found) }
}

/** Reads the target's rows of a part beside those that come, and passes the differing ones on to another writer. */
class DifferingWriter implements PartWriter<Part> {
  readonly #landing: PartWriter<Part>
  readonly #differing: Differing

  constructor(landing: PartWriter<Part>, differing: Differing) {
    this.#landing = landing
    this.#differing = differing
  }

  async write<T>(part: Part, use: (sink: RowSink) => Promise<T>): Promise<T> {
    const { target, encoding, pairs, mark, found } = this.#differing
    const pair = pairs.get(part.table)
    if (pair === undefined) throw new Error('A part of a table that has none in the target')
    const { name } = pair.target
    const columns = copiedColumns(pair).map((column) => column.name)
    const sql = copyTableSql(name, { ...part, columns }, encoding)
    let landed = 0
    return readOnOwnSession(target, async (session) => {
      const undated = await readUndated(session, name, mark)
      return session.busy(sql, async () => {
        const { stream, rowCount } = session.copyOutCounted(sql)
        const rows = new DifferingRows(stream)
        const result = await this.#landing.write(part, (sink) =>
          use({
            stages: [rows, ...sink.stages],
            written: (rowsRead) => {
              landed = sink.written(rowsRead).rows
              return { rows: landed + rows.same }
            },
          }),
        )
        if (rows.isInVain) {
          // The merge compares all rows. What is still to come of the target is of no use.
          session.abandon(new Error('The target need not be read any further'))
          return result
        }
        const left = { ...keptMark(undefined, mark.snapshot), ...undated, rows: await rowCount }
        found.set(part.table, { landed, left })
        return result
      })
    })
  }

  explain(error: unknown): unknown {
    return this.#landing.explain(error)
  }

  end(): Promise<void> {
    return this.#landing.end()
  }
}

/** Runs `use` on a session of its own, in one snapshot, unless it has abandoned that. After a failure, what it was reading may not have ended, so the session is closed. */
async function readOnOwnSession<T>(target: Database, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await target.session()
  try {
    await enterUserPath(session, 'reading')
    await session.execute('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const result = await use(session)
    if (!session.isOpen) return result
    await session.execute('COMMIT')
    await leaveUserPath(session)
    target.giveBack(session)
    return result
  } catch (error) {
    session.abandon(error instanceof Error ? error : new Error('Reading failed', { cause: error }))
    throw error
  }
}

/** The rows that may be younger than the mark. If no transaction was running then, none is, or the merge finds the table written by others. */
async function readUndated(
  session: Session,
  table: TableName,
  { snapshot, mergeXids }: WriteMark,
): Promise<Omit<MarkedRows, 'rows'>> {
  const [xmin, xmax] = snapshot.split(':')
  if (xmin === xmax) return { undated: 0, fingerprint: NO_UNDATED_ROWS }
  const [[marked] = []] = await readTablesAtMarks(session, [`ONLY ${relation(table)}`], [snapshot], mergeXids)
  if (marked === undefined) throw new Error('One mark was asked for')
  return marked
}
