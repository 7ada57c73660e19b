import { countOf } from '../../core/count-of.ts'
import type { SearchOutcome } from '../../indexing/index-documents.ts'
import type { Warning } from '../../run/run-result.ts'
import { rejectedCommand } from './print-search.ts'

/** What a log should warn of: search indexes that are not up to date. */
export function searchWarnings(search: readonly SearchOutcome[]): Warning[] {
  return search.flatMap((outcome): Warning[] => {
    const { searchIndex, status, rejected } = outcome
    if (status === 'done') return []
    if (status !== 'rejected') return failureWarnings(outcome)
    return [
      {
        message: `${searchIndex}: ${countOf(rejected, 'document')} ${rejected === 1 ? 'was' : 'were'} rejected`,
        hint: `\`${rejectedCommand(outcome)}\` shows why. The next run sends them again.`,
      },
      ...warningsOf(outcome.findings),
    ]
  })
}

/** Why an index is not up to date: the error, and each reason for it by itself. */
function failureWarnings({ error = '', hint, findings }: SearchOutcome): Warning[] {
  return [{ message: error, ...(hint !== undefined && { hint }) }, ...warningsOf(findings)]
}

function warningsOf(findings: SearchOutcome['findings']): Warning[] {
  return findings.map(({ subject, message, hint }) => ({
    message: `${subject}: ${message}`,
    ...(hint !== undefined && { hint }),
  }))
}
