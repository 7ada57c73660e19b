import type { DocumentOutcome, IndexDocument } from '../search-index.ts'
import type { Account } from './account.ts'
import { isManagedFileName, type LeftBehind, managedFileName } from './left-behind.ts'
import { MANAGED_BY, readDocument, type SendableDocument } from './read-document.ts'
import type { RemoteFile, RemoteStatus } from './remote-file.ts'
import { isRefusedWith } from './request-error.ts'
import { storeIsGone } from './stores.ts'

/** Makes the store have a document: whole, or its metadata alone where the store has the text. */
export async function sendDocument(
  context: WriteContext,
  { hasText = false, ...document }: MixedbreadDocument,
): Promise<MixedbreadOutcome> {
  if (!hasText) return putDocument(context, document)
  const outcome = await replaceMetadata(context, document)
  // What is not there after all leaves no upload behind.
  return outcome.kind === 'missing' ? putDocument(context, { ...document, previousRemoteId: null }) : outcome
}

/** A document, and what is known of the one that it replaces. */
export interface MixedbreadDocument extends IndexDocument {
  /**
   * The remote id that the document has had until now, null if it is surely not in the store. Without it, the store is asked, which
   * costs a read, of which there are plenty; a wrong one leaves an orphan behind.
   */
  readonly previousRemoteId?: string | null
  /** Whether the store has the text already, so that the metadata alone are replaced: one request, and no new ingestion. */
  readonly hasText?: boolean
}

/** What became of a document, with what is worth remembering of it. */
export type MixedbreadOutcome =
  | { readonly kind: 'indexed'; readonly remoteId: string; readonly remoteStatus: RemoteStatus }
  | Extract<DocumentOutcome, { kind: 'rejected' }>

/** What became of metadata: `missing` says that there is no such document, which must be sent whole. */
type MetadataOutcome = MixedbreadOutcome | { readonly kind: 'missing' }

/** Where documents are written, and where is noted what they leave behind. */
interface WriteContext {
  readonly account: Account
  readonly storeId: string
  readonly leftBehind: LeftBehind
}

/** Uploads a document, puts it into the store instead of the one with its id, and deletes the upload of that one. */
async function putDocument(
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
function ownId(file: RemoteFile | undefined): string | undefined {
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

/** Replaces the metadata of a document by those in its JSON, whose text must be the one that is in the store already. */
async function replaceMetadata(
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
