import { ownId, type WriteContext } from './put-document.ts'

/**
 * Deletes a document with its upload; one that is not there is as good as deleted. A file that mbsync did not upload is only taken out
 * of the store.
 */
export async function deleteDocument({ account, storeId }: WriteContext, externalId: string): Promise<void> {
  const files = account.filesOf(storeId)
  const file = await files.find(externalId)
  if (file === undefined) return
  const remoteId = ownId(file)
  if (remoteId === undefined) await files.detach(externalId)
  else await account.uploads.remove(remoteId)
}
