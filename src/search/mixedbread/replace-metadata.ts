import type { IndexDocument } from '../search-index.ts'
import type { MetadataOutcome } from './outcomes.ts'
import type { WriteContext } from './put-document.ts'
import { readDocument } from './read-document.ts'
import { isRefusedWith } from './request-error.ts'

/** Replaces the metadata of a document by those in its JSON, whose text must be the one that is in the store already. */
export async function replaceMetadata(
  { account, storeId }: WriteContext,
  document: IndexDocument,
): Promise<MetadataOutcome> {
  const sendable = readDocument(document)
  if ('problem' in sendable) return { kind: 'rejected', error: sendable.problem }
  try {
    const file = await account.filesOf(storeId).replaceMetadata(document.id, sendable.metadata)
    if (file === undefined) return { kind: 'missing' }
    return { kind: 'indexed', remoteId: file.remoteId, remoteStatus: file.status }
  } catch (error) {
    if (!isRefusedWith(error, 400, 409, 413, 422)) throw error
    return { kind: 'rejected', error: error.failure.refusal ?? error.message }
  }
}
