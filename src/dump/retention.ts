import { groupBy } from '../core/group-by.ts'
import type { Manifest } from './manifest.ts'

/** Which dumps are kept: those that any of the rules keeps, and always the newest of each source. */
export interface Retention {
  /** The newest so many of each source. */
  readonly keepLast: number | undefined
  /** Those that are younger. */
  readonly keepDays: number | undefined
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The dumps that retention lets go, oldest first. Dumps of one source replace each other only if they have the same tables, columns and
 * rows. */
export function expiredDumps<D extends { readonly manifest: Manifest }>(
  dumps: readonly D[],
  { keepLast, keepDays }: Retention,
  now: Date,
): D[] {
  const expired: D[] = []
  for (const group of groupBy(dumps, ({ manifest }) => kindOf(manifest)).values()) {
    const newestFirst = [...group].sort((a, b) => ageMs(a.manifest, now) - ageMs(b.manifest, now))
    expired.push(
      ...newestFirst.filter(({ manifest }, index) => {
        const isAmongLast = index < Math.max(keepLast ?? 0, 1)
        const isYoung = keepDays !== undefined && ageMs(manifest, now) < keepDays * DAY_MS
        return !isAmongLast && !isYoung
      }),
    )
  }
  return expired.sort((a, b) => ageMs(b.manifest, now) - ageMs(a.manifest, now))
}

/** The same database, selected by the same patterns and conditions, with the same columns and masks: a masked dump is no newer version of one without. */
function kindOf({ source, filters, tables, schema: created }: Manifest): string {
  const { database, databaseOid, systemIdentifier } = source
  const rules = tables.flatMap(({ schema, name, where, masked = [], leftOut = [] }) =>
    where === null && masked.length === 0 && leftOut.length === 0
      ? []
      : [schema, name, where, [...masked].sort(), [...leftOut].sort()],
  )
  const hasSchema = created !== undefined
  return JSON.stringify([systemIdentifier, databaseOid, database, filters, rules, hasSchema])
}

function ageMs({ startedAt }: Manifest, now: Date): number {
  return now.getTime() - new Date(startedAt).getTime()
}
