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
  const earlier = await session.query<{ digest: string }>(REPLACE_SQL, [profile, digests])
  return new Set(earlier.map(({ digest }) => digest))
}

/** The three parts see the same rows, and touch different ones. */
const REPLACE_SQL = `
WITH shown AS (SELECT DISTINCT d AS digest FROM pg_catalog.unnest($2::text[]) AS d),
deleted AS (
  DELETE FROM mbsync.shown_notes n WHERE n.profile = $1 AND NOT EXISTS (SELECT FROM shown s WHERE s.digest = n.digest)
), inserted AS (
  INSERT INTO mbsync.shown_notes SELECT $1::text, s.digest FROM shown s
  WHERE NOT EXISTS (SELECT FROM mbsync.shown_notes n WHERE n.profile = $1 AND n.digest = s.digest)
)
SELECT n.digest FROM mbsync.shown_notes n WHERE n.profile = $1`
