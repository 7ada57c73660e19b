import { randomUUID } from 'node:crypto'
import type { Account } from './account.ts'
import { filterOf, listDocuments } from './list-documents.ts'

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
async function removeIfLoose(
  { uploads, filesOf }: Account,
  storeIds: readonly string[],
  remoteId: string,
): Promise<boolean> {
  for (const storeId of storeIds) if (await filesOf(storeId).has(remoteId)) return false
  await uploads.remove(remoteId)
  return true
}

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

const LONGEST_STEM = 150

/**
 * A name for one upload that no other one has, by which it is found when the reply was lost, and known as mbsync's own when nothing
 * refers to it: `<stem>.mbsync-<32 hexadecimal digits>.<extension>`.
 */
export function managedFileName(fileName: string): string {
  const [, stem = '', extension = ''] = /^(.*?)(\.[A-Za-z0-9]{1,10})?$/s.exec(fileName) ?? []
  const safeStem = stem.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, LONGEST_STEM)
  return `${safeStem}.mbsync-${randomUUID().replaceAll('-', '')}${extension || '.txt'}`
}

/** Whether mbsync gave a file its name. */
export function isManagedFileName(fileName: string | undefined): boolean {
  return /\.mbsync-[0-9a-f]{32}\.[A-Za-z0-9]{1,10}$/.test(fileName ?? '')
}
