import { SearchError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import type { Session } from '../postgres/session.ts'
import { countDocuments, readRejected } from '../state/documents.ts'
import type { SearchFigures, SearchTask } from './search-task.ts'

/** The server does not take too much of what a new collection should have. */
export class RejectedError extends SearchError {}

/** A new collection that has been filled. */
export interface FilledCollection {
  readonly id: number
  /** Whether searches reach no other one until it is published. */
  readonly isFirst: boolean
  /** Whether the server has as many documents as it has acknowledged. */
  readonly isWhole: boolean
}

/** @throws SearchError if searches would find less in the new collection than they should */
export async function refuseIncomplete(
  { config, session }: SearchTask,
  { id, isFirst, isWhole }: FilledCollection,
  { documents, rejected }: SearchFigures,
): Promise<void> {
  const outcome = isFirst ? 'No collection was made.' : 'The collection that searches reach stays as it was.'
  if (rejected > mostRejected(documents, config.maxRejectPercent, isFirst)) {
    throw new RejectedError(
      rejected === documents
        ? `${config.name}: the server rejected all ${documents} documents of the new collection`
        : `${config.name}: the server rejected ${rejected} of ${documents} documents of the new collection, and ${config.maxRejectPercent} % is the limit`,
      {
        hint: `${outcome} \`mbsync typesense rejected\` lists what was rejected. Correct the query or the fields, or raise \`maxRejectPercent\`.`,
        findings: await someRejected(session, id),
      },
    )
  }
  if (isWhole) return
  const { acknowledged } = await countDocuments(session, id)
  throw new SearchError(
    `${config.name}: the new collection has another number of documents than ${acknowledged}`,
    { hint: `${outcome} Run again when the server is healthy.` },
  )
}

/**
 * How many documents may be missing from a collection that is published. Of a small index, one is a larger share than any sensible limit;
 * and where searches reach nothing yet, whatever the server takes is more than that. A limit of 0 is meant.
 */
function mostRejected(documents: number, percent: number, isFirst: boolean): number {
  if (percent === 0) return 0
  return isFirst && percent < 100 ? Math.max(0, documents - 1) : Math.max(1, (documents * percent) / 100)
}

const REJECTED_SHOWN = 10

async function someRejected(session: Session, collectionId: number): Promise<Finding[]> {
  const rejected = await readRejected(session, collectionId, REJECTED_SHOWN)
  return rejected.map(({ id, error }) => ({ severity: 'error', subject: id, message: error }))
}
