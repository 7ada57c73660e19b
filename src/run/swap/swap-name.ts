/** What PostgreSQL keeps of a name. */
const MOST_BYTES = 63

/** What a database is called beside the target: one that is built, one that was replaced, or one that a rollback has taken out. */
export function swapName(target: string, role: 'next' | 'prev' | 'undone', runId: number): string {
  const suffix = `_mbsync_${role}_${runId}`
  let kept = ''
  for (const character of target) {
    if (Buffer.byteLength(kept + character + suffix) > MOST_BYTES) break
    kept += character
  }
  return kept + suffix
}
