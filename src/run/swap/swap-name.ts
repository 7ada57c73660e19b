/** The longest name that PostgreSQL keeps. */
const MOST_BYTES = 63

/** The name of a database beside the target: one that is being built, one that was replaced, or one that a rollback has replaced. */
export function swapName(target: string, role: 'next' | 'prev' | 'undone', runId: number): string {
  const suffix = `_mbsync_${role}_${runId}`
  let kept = ''
  for (const character of target) {
    if (Buffer.byteLength(kept + character + suffix) > MOST_BYTES) break
    kept += character
  }
  return kept + suffix
}
