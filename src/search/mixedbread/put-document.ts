import type { Account } from './account.ts'
import type { LeftBehind } from './left-behind.ts'
import { isManagedFileName, managedFileName } from './managed-file-name.ts'
import type { MixedbreadDocument, MixedbreadOutcome } from './outcomes.ts'
import { MANAGED_BY, readDocument, type SendableDocument } from './read-document.ts'
import type { RemoteFile } from './remote-file.ts'
import { isRefusedWith } from './request-error.ts'
import { storeIsGone } from './store-is-gone.ts'

/** Where documents are written, and where is noted what they leave behind. */
export interface WriteContext {
  readonly account: Account
  readonly storeId: string
  readonly leftBehind: LeftBehind
}

/** Uploads a document, puts it into the store in place of the one with its id, and deletes the upload of that one. */
export async function putDocument(
  context: WriteContext,
  { previousRemoteId, ...document }: MixedbreadDocument,
): Promise<MixedbreadOutcome> {
  const sendable = readDocument(document)
  if ('problem' in sendable) return { kind: 'rejected', error: sendable.problem }
  const { account, storeId, leftBehind } = context
  const previous =
    previousRemoteId === undefined
      ? ownId(await account.filesOf(storeId).find(document.id))
      : (previousRemoteId ?? undefined)
  const fileName = managedFileName(sendable.fileName)
  try {
    const { file, isDoubtful } = await uploadAndAttach(context, sendable, fileName)
    if (isDoubtful) leftBehind.fileNames.add(fileName)
    // Only now, and never the one that is in use: deleting an upload takes it out of the store.
    if (previous !== undefined && previous !== file.remoteId) await removeReplaced(context, previous)
    return { kind: 'indexed', remoteId: file.remoteId, remoteStatus: file.status }
  } catch (error) {
    // It is not known which of the two is in the store: what is, is not removed.
    leftBehind.fileNames.add(fileName)
    if (previous !== undefined) leftBehind.remoteIds.add(previous)
    if (!isRefusedWith(error, ...REFUSALS)) throw error
    return { kind: 'rejected', error: error.failure.refusal ?? error.message }
  }
}

/** What is wrong with one document, not with all; a conflict has lasted for every attempt. */
const REFUSALS = [400, 409, 413, 415, 422]

/** The upload that a file leaves behind, if it is mbsync's to delete. */
export function ownId(file: RemoteFile | undefined): string | undefined {
  const isOwn = file?.metadata.managed_by === MANAGED_BY || isManagedFileName(file?.fileName)
  return isOwn ? file?.remoteId : undefined
}

async function uploadAndAttach(
  { account, storeId }: WriteContext,
  document: SendableDocument,
  fileName: string,
): Promise<{ file: RemoteFile; isDoubtful: boolean }> {
  const { remoteId, isDoubtful } = await account.uploads.add(document, fileName)
  try {
    return { file: await account.filesOf(storeId).attach(remoteId, document), isDoubtful }
  } catch (error) {
    if (isRefusedWith(error, 404) && (await account.stores.find(storeId)) === undefined) throw storeIsGone()
    throw error
  }
}

/** The document is in its place, whatever becomes of the old one. */
async function removeReplaced({ account, leftBehind }: WriteContext, remoteId: string): Promise<void> {
  try {
    await account.uploads.remove(remoteId)
  } catch {
    // What keeps it from being deleted shows with the next request.
    leftBehind.remoteIds.add(remoteId)
  }
}
