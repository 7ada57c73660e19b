import type { Profile } from '../../config/config.ts'
import { displayName } from '../../core/table-name.ts'
import type { Database } from '../../postgres/database.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { type SelectionOptions, selectionOf } from '../../run/selection-of.ts'
import { withLiveSource } from '../../transfer/source/live-source.ts'
import type { Check } from './checklist.ts'

const VALUES = 5
const LONGEST = 60

/** Shows what masks make of some rows: masked values alone leave the source. */
export async function sampleMasks(
  source: Database,
  profile: Profile,
  options: SelectionOptions,
): Promise<Check[]> {
  return withLiveSource(source, selectionOf(profile, options), 1, async (opened) => {
    const checks: Check[] = []
    const { tables } = opened.catalog
    for (const part of opened.planParts(
      tables.map(({ name }) => name),
      1,
    )) {
      const { masks, partition } = part
      if (masks === undefined || part.number > 1) continue
      // A column that is not masked as a whole may keep raw values.
      const partial = new Set(
        profile.mask
          ?.find(({ table }) => displayName(table) === displayName(part.table))
          ?.columns.flatMap(({ column, mask }) => (mask.where === undefined ? [] : [column])),
      )
      const columns = [...masks.expressions].filter(([name]) => !partial.has(name))
      const texts = columns.map(
        ([, sql], index) => `pg_catalog.left((${sql})::pg_catalog.text, ${LONGEST}) AS c${index}`,
      )
      const rows = await opened.withSession(async (session) => {
        await opened.guard.prepare(session, part)
        return session.query<Record<string, string | null>>(
          `SELECT ${texts.join(', ')} FROM ONLY ${relation(partition.name)} AS ${identifier(part.table.name)} LIMIT ${VALUES}`,
        )
      })
      for (const [index, [name]] of columns.entries()) {
        const values = rows.map((row) => row[`c${index}`] ?? 'NULL')
        const message = `"${name}" becomes ${values.length === 0 ? 'nothing, as there are no rows' : values.join(' | ')}`
        checks.push({ status: 'ok', subject: displayName(part.table), message })
      }
      for (const name of partial)
        checks.push({
          status: 'ok',
          subject: displayName(part.table),
          message: `"${name}" is masked in some rows only: no sample is shown`,
        })
    }
    return checks
  })
}
