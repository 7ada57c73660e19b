import { countOf } from '../core/count-of.ts'
import { displayName } from '../core/table-name.ts'
import type { SkippedTable } from '../transfer/inspect/drift.ts'
import type { Warning } from './run-result.ts'

const MOST_NAMED = 20
const SAID = {
  before: ['is left as it is', 'are left as they are'],
  after: ['was left as it was', 'were left as they were'],
} as const

/** The warnings about skipped tables, before or after a run: one for each table, and one that counts the rest if there are many. */
export function describeSkipped(skipped: readonly SkippedTable[], when: keyof typeof SAID): Warning[] {
  const [one, many] = SAID[when]
  const rest = skipped.length - MOST_NAMED
  return [
    ...skipped.slice(0, MOST_NAMED).map(({ table, reason, hint }) => {
      const message = `${displayName(table)} ${one}: ${reason}`
      return hint === undefined ? { message } : { message, hint }
    }),
    ...(rest > 0 ? [{ message: `${countOf(rest, 'more table')} ${rest === 1 ? one : many}` }] : []),
  ]
}

/** The skipped tables that the warnings of a finished run name, and how many others they count. */
export function findDescribedSkipped(warnings: readonly Pick<Warning, 'message'>[]): {
  readonly tables: readonly string[]
  readonly moreTables: number
} {
  const subjects = warnings.flatMap(
    ({ message }) => /^(.+?) (?:was left as it was|were left as they were)(?::|$)/s.exec(message)?.[1] ?? [],
  )
  const isCount = (subject: string) => /^[\d,]+ more tables?$/.test(subject)
  const counted = subjects.find(isCount) ?? '0'
  return {
    tables: subjects.filter((subject) => !isCount(subject)),
    moreTables: Number.parseInt(counted.replaceAll(',', ''), 10),
  }
}
