import type { Change, Statements } from './difference.ts'

/** Optional facts about a change, in addition to its topic and text. */
type Facts = Pick<Change, 'follows' | 'isAboutRows' | 'key' | 'part' | 'place' | 'recreates'>

/** A change that loses nothing. */
export function safe(topic: string, what: string, statements: Statements, facts: Facts = {}): Change {
  return { topic, what, statements, ...facts }
}

/** A change that needs a review first, for the reason. */
export function review(
  topic: string,
  what: string,
  reason: string,
  statements: readonly string[],
  facts: Facts = {},
): Change {
  return { topic, what, review: reason, statements: { within: statements }, ...facts }
}

/** As text: `x, in the source y`, with `none` for a missing value. */
export function versus(target: string | undefined, source: string | undefined, none = 'none'): string {
  return `${target ?? none}, in the source ${source ?? none}`
}
