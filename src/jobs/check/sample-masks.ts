import type { Profile } from '../../config/config.ts'
import { displayName, isSameTable } from '../../core/table-name.ts'
import type { Database } from '../../postgres/database.ts'
import { type SelectionOptions, selectionOf } from '../../run/selection-of.ts'
import { readMaskedSample } from '../../transfer/masks/read-masked-sample.ts'
import { withLiveSource } from '../../transfer/source/live-source.ts'
import type { Check } from './checklist.ts'

/** Shows what masks make of some rows: masked values alone leave the source. */
export async function sampleMasks(
  source: Database,
  profile: Profile,
  options: SelectionOptions,
): Promise<Check[]> {
  return withLiveSource(source, selectionOf(profile, options), 1, async (opened) => {
    const checks: Check[] = []
    const names = opened.catalog.tables.map(({ name }) => name)
    for (const part of opened.planParts(names, 1)) {
      const { masks, table } = part
      if (masks === undefined || part.number > 1) continue
      const say = (message: string) => checks.push({ status: 'ok', subject: displayName(table), message })
      // A column that is not masked as a whole may keep raw values.
      const partial = new Set(
        profile.mask
          ?.find((masked) => isSameTable(masked.table, table))
          ?.columns.flatMap(({ column, mask }) => (mask.where === undefined ? [] : [column])),
      )
      const expressions = new Map([...masks.expressions].filter(([name]) => !partial.has(name)))
      const sample = await opened.withSession(async (session) => {
        await opened.guard.prepare(session, part)
        return readMaskedSample(session, part, expressions)
      })
      for (const [name, values] of sample) {
        const shown = values.map((value) => value ?? 'NULL').join(' | ')
        say(`"${name}" becomes ${values.length === 0 ? 'nothing, because there are no rows' : shown}`)
      }
      for (const name of partial) say(`"${name}" is masked only in some rows: no sample is shown`)
    }
    return checks
  })
}
