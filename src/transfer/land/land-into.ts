import type { ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import type { Database } from '../../postgres/database.ts'
import { TABLES_AT_ONCE, tablesAtOnce } from '../../postgres/in-batches.ts'
import { quickCompressionSql, usualCompressionSql } from '../../postgres/quick-compression.ts'
import { enterUserPath, leaveUserPath } from '../../postgres/user-path.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { landingEncoding } from '../source/copy-sql.ts'
import type { Part } from '../source/part.ts'
import { type PartWriter, type RowSource, readersOf } from '../source/row-source.ts'
import type { Copied } from './copied.ts'
import { type Copying, copyParts } from './copy-parts.ts'
import { type LandingPlace, LandingWriter } from './landing-writer.ts'

/** Parts that another writer takes before the one that writes to the landing tables. */
export interface LandingThrough {
  readonly parts: readonly Part[]
  readonly through: (landing: PartWriter<Part>) => PartWriter<Part>
}

/**
 * Copies parts of the source into their tables in the target.
 * @param first parts to begin with
 * @returns what was copied
 */
export async function landInto(
  places: ReadonlyTableMap<LandingPlace>,
  inspection: Inspection,
  target: Database,
  source: RowSource,
  copying: Omit<Copying<Part>, 'openReader' | 'openWriter' | 'first'>,
  first?: LandingThrough,
): Promise<TableMap<Copied>> {
  const encoding = landingEncoding(source.encoding, inspection.target.server.encoding)
  const openWriter = async () => {
    const session = await target.session()
    const most = await tablesAtOnce(session, copying.jobs)
    // Landed rows matter only to this run, and the merge waits for its own log. So there is no wait for the disk.
    await session.execute(`SET synchronous_commit = off; ${quickCompressionSql('session')}`)
    // User-defined types may have code, too, and some of it runs when a value is read.
    await enterUserPath(session, 'writing')
    const letGo = async () => {
      await leaveUserPath(session)
      await session.execute(`SET synchronous_commit = on; ${usualCompressionSql(session)}`)
      target.giveBack(session)
    }
    return new LandingWriter(session, places, { encoding, most, letGo })
  }
  return copyParts({
    ...copying,
    jobs: readersOf(source, copying.jobs),
    // Files of a dump are read one by one.
    most: source.changes === undefined ? 1 : TABLES_AT_ONCE,
    openReader: source.openReader,
    openWriter,
    ...(first && {
      first: { parts: first.parts, openWriter: async () => first.through(await openWriter()) },
    }),
  })
}
