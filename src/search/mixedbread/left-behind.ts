import type { Account } from './account.ts'

/**
 * Uploads that may have been left behind: by a reply that was lost, an attempt that failed halfway, or a deletion that did. Those of
 * documents that are on their way are not among them.
 */
export interface LeftBehind {
  readonly fileNames: Set<string>
  readonly remoteIds: Set<string>
}

/** What came of cleaning up. */
export interface CleanUp {
  /** Uploads that were deleted. */
  readonly removed: number
}

/** Deletes what was left behind and no store refers to. What it does not get to stays noted, for another time. */
export async function removeLeftBehind(account: Account, leftBehind: LeftBehind): Promise<CleanUp> {
  const { fileNames, remoteIds } = leftBehind
  if (fileNames.size + remoteIds.size === 0) return { removed: 0 }
  const storeIds = await account.stores.listIds()
  let removed = 0
  for (const remoteId of remoteIds) {
    if (await removeIfLoose(account, storeIds, remoteId)) removed += 1
    remoteIds.delete(remoteId)
  }
  for (const fileName of fileNames) {
    for (const { remoteId } of await account.uploads.named(fileName)) {
      if (await removeIfLoose(account, storeIds, remoteId)) removed += 1
    }
    fileNames.delete(fileName)
  }
  return { removed }
}

/** Deletes an upload unless one of the stores refers to it; says whether it did. */
export async function removeIfLoose(
  { uploads, filesOf }: Account,
  storeIds: readonly string[],
  remoteId: string,
): Promise<boolean> {
  for (const storeId of storeIds) if (await filesOf(storeId).has(remoteId)) return false
  await uploads.remove(remoteId)
  return true
}
