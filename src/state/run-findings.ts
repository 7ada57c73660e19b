import { z } from 'zod'
import { asciiJson } from '../core/ascii-json.ts'
import { countOf } from '../core/count-of.ts'
import type { Finding } from '../core/finding.ts'
import type { Session } from '../postgres/session.ts'

/** A schema with thousands of tables can have a finding for each, every night. */
const MOST_KEPT = 200

/** What the state keeps of findings, as JSON that any encoding holds: errors first. */
export function keptFindings(findings: readonly Finding[]): string {
  const isError = ({ severity }: Finding) => severity === 'error'
  const sorted = [...findings.filter(isError), ...findings.filter((finding) => !isError(finding))]
  const left = sorted.slice(MOST_KEPT)
  const rest: Finding[] =
    left.length === 0
      ? []
      : [
          {
            severity: left.some(isError) ? 'error' : 'note',
            subject: countOf(left.length, 'more finding'),
            message: 'the state does not list them',
            hint: '`mbsync check` lists all of them.',
          },
        ]
  return asciiJson([...sorted.slice(0, MOST_KEPT), ...rest])
}

/** A finding of a later version may have more to it than this one knows. */
const findingsSchema = z.array(
  z.looseObject({
    severity: z.enum(['error', 'note']).catch('note'),
    subject: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  }),
)

/** Reads findings of the state; those of a run before they were kept are none. */
export function readFindings(kept: unknown): Finding[] {
  return findingsSchema.parse(kept ?? []).map(({ hint, ...finding }) => {
    return hint === undefined ? finding : { ...finding, hint }
  })
}

/**
 * Remembers the notes of a profile's run instead of those of the run before.
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
