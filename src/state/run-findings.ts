import { z } from 'zod'
import { asciiJson } from '../core/ascii-json.ts'
import { countOf } from '../core/count-of.ts'
import type { Finding } from '../core/finding.ts'

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
