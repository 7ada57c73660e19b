import type { Account } from './account.ts'
import { type CleanUp, removeIfLoose } from './left-behind.ts'
import { filterOf, listDocuments } from './list-documents.ts'
import { isManagedFileName } from './managed-file-name.ts'

/** Which uploads count as orphans. */
export interface OrphanOptions {
  /** Uploads made after this time are spared: another run may be about to put them into a store. Milliseconds since 1970. */
  readonly madeBeforeMs: number
}

/**
 * Goes through all uploads of the account and deletes those that mbsync made and no store refers to, as runs leave them that were killed.
 * Anything that has no name of mbsync's making is left alone. It holds the ids of the store's files.
 */
export async function removeOrphans(
  account: Account,
  storeId: string,
  { madeBeforeMs }: OrphanOptions,
): Promise<CleanUp> {
  const attached = new Set<string>()
  for await (const documents of listDocuments(account.filesOf(storeId), { filter: filterOf({}) })) {
    for (const { remoteId } of documents) attached.add(remoteId)
  }
  const storeIds = await account.stores.listIds()
  let removed = 0
  for await (const page of account.uploads.pages()) {
    for (const { remoteId, fileName, createdMs } of page) {
      if (!isManagedFileName(fileName) || createdMs >= madeBeforeMs || attached.has(remoteId)) continue
      if (await removeIfLoose(account, storeIds, remoteId)) removed += 1
    }
  }
  return { removed }
}
