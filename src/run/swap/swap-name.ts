import { createHash } from 'node:crypto'

/** The longest name that PostgreSQL keeps. */
const MOST_BYTES = 63

/**
 * The name of a database beside the target: one that is being built, one that was replaced, or one that a rollback has replaced. If the name
 * of the target has no room in it, a digest tells it from others with the same beginning, whose databases would be taken for its own.
 */
export function swapName(target: string, role: 'next' | 'prev' | 'undone', runId: number): string {
  const suffix = `_mbsync_${role}_${runId}`
  const whole = target + suffix
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole
  const digest = createHash('sha256').update(target).digest('hex').slice(0, 8)
  return `${beginningOf(target, MOST_BYTES - Buffer.byteLength(suffix) - 9)}_${digest}${suffix}`
}

function beginningOf(text: string, mostBytes: number): string {
  let kept = ''
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > mostBytes) break
    kept += character
  }
  return kept
}
