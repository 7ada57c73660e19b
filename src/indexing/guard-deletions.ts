import { SearchError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import type { DocumentState, IndexShare } from './document-state.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'
import type { SearchTask } from './search-task.ts'

const HINT =
  'Check the tables and the query of this index. If the result is correct, run again with --allow-mass-delete.'

/**
 * Stops where a half-read or empty table would empty a search index.
 * @throws SearchError
 */
export function refuseMassDelete(task: SearchTask, share: IndexShare): void {
  const reason = reasonAgainst(task, share)
  if (reason === undefined) return
  throw new SearchError(`${task.config.name}: ${reason}; nothing was sent or deleted`, { hint: HINT })
}

/**
 * Guards what is deleted from an index that searches reach. Where the index has parts, only those are left as they are that would lose
 * too much, and `refused` is told of each.
 * @throws SearchError if nothing may be deleted
 */
export async function guardDeletions(
  task: SearchTask,
  state: DocumentState,
  wanted: WantedDocuments,
  refused: (finding: Finding) => void,
): Promise<WantedDocuments> {
  const { documents } = wanted
  if (documents === 0) refuseMassDelete(task, { part: undefined, documents, deletions: 0, of: 0 })
  const withheld: string[] = []
  for (const share of await state.shares(wanted)) {
    const reason = reasonAgainst(task, share)
    if (reason === undefined) continue
    if (share.part === undefined) refuseMassDelete(task, share)
    else {
      withheld.push(share.part)
      refused({ severity: 'error', subject: share.part, message: reason })
    }
  }
  return withheld.length === 0 ? wanted : state.withhold(wanted, withheld)
}

/** The error of an index of which some parts were left as they are. */
export function partsWithheld({ config }: SearchTask, findings: readonly Finding[]): SearchError {
  const parts = findings.length === 1 ? 'one part' : `${findings.length} parts`
  return new SearchError(
    `${config.name}: ${parts} of the index stayed as they were; the rest is up to date`,
    {
      findings,
      hint: HINT,
    },
  )
}

function reasonAgainst(
  { config: { maxDeletePercent }, options }: SearchTask,
  { part, documents, deletions, of, moved = 0 }: IndexShare,
): string | undefined {
  if (options.allowMassDelete) return undefined
  const gone = moved === 0 ? 'would be deleted' : 'would be deleted or get another tenant'
  if (documents === 0) {
    const none = 'the query returns no document'
    return deletions === 0 ? none : `${none}, and ${deletions} ${gone}`
  }
  // Of a part with few documents, each is a large share.
  const isOneOfFew = part !== undefined && deletions === 1 && maxDeletePercent > 0
  if (isOneOfFew || deletions <= (of * maxDeletePercent) / 100) return undefined
  const percent = `${Math.round((deletions * 100) / of)} %`
  return `${deletions} of ${of} documents (${percent}) ${gone}, and ${maxDeletePercent} % is the limit`
}
