import type { Session } from '../postgres/session.ts'

/**
 * Remembers the notes of a profile's run in place of those of the run before.
 * @returns those of them that were there already
 */
export async function replaceShownNotes(
  session: Session,
  profile: string,
  digests: readonly string[],
): Promise<ReadonlySet<string>> {
  return session.transaction('BEGIN', async () => {
    const earlier = await session.query<{ digest: string }>(
      'DELETE FROM mbsync.shown_notes WHERE profile = $1 RETURNING digest',
      [profile],
    )
    await session.query(
      'INSERT INTO mbsync.shown_notes SELECT DISTINCT $1::text, d FROM pg_catalog.unnest($2::text[]) AS d',
      [profile, digests],
    )
    return new Set(earlier.map(({ digest }) => digest))
  })
}
