import { countOf } from '../core/count-of.ts'
import { displayName } from '../core/table-name.ts'
import type { SkippedTable } from '../transfer/inspect/drift.ts'
import type { Warning } from './run-result.ts'

const MOST_NAMED = 20
const SAID = {
  before: ['is left as it is', 'are left as they are'],
  after: ['was left as it was', 'were left as they were'],
} as const

/** What is said of tables that a run leaves as they are, before or after it: one warning a table, and one for the rest of many. */
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

/** The tables that the warnings of a run that is over name as left as they were, and how many more they count. */
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
