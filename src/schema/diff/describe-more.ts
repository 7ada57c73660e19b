import { countOf } from '../../core/count-of.ts'
import type { SchemaDiff } from './compare-schemas.ts'

/** The differences that a run does not name itself. */
export interface MoreDifferences {
  readonly count: number
  /** Largest first, as in `3 indexes, 1 trigger`. */
  readonly kinds: string
}

const MOST_KINDS = 6

/** Counts the differences that do not affect which rows the target accepts. */
export function moreDifferences({ differences }: SchemaDiff): MoreDifferences {
  const more = differences.flatMap(({ changes }) =>
    changes.filter(({ isAboutRows, part }) => isAboutRows !== true && part === undefined),
  )
  const counts = new Map<string, number>()
  for (const { topic } of more) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const named = sorted.slice(0, MOST_KINDS).map(([topic, count]) => countOf(count, topic, pluralOf(topic)))
  const rest = sorted.slice(MOST_KINDS).reduce((sum, [, count]) => sum + count, 0)
  return { count: more.length, kinds: [...named, ...(rest === 0 ? [] : [`${rest} others`])].join(', ') }
}

/**
 * Says in one line how many more differences there are.
 * @param named what follows a command, in sh, to mean the profile
 */
export function describeMore(named: string, { count, kinds }: MoreDifferences): string {
  return `The schema differs in ${countOf(count, 'more place')}: ${kinds}. See \`mbsync schema diff ${named}\`.`
}

/** The plural of what a change is about. */
export function pluralOf(topic: string): string {
  if (topic.endsWith('index')) return `${topic}es`
  if (topic.endsWith('y') && !topic.endsWith('key')) return `${topic.slice(0, -1)}ies`
  return UNCOUNTED.has(topic) ? topic : `${topic}s`
}

const UNCOUNTED = new Set(['NOT NULL', 'row security', 'statistics', 'default privileges', 'privileges'])
