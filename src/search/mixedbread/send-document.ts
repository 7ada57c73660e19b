import type { MixedbreadDocument, MixedbreadOutcome } from './outcomes.ts'
import { putDocument, type WriteContext } from './put-document.ts'
import { replaceMetadata } from './replace-metadata.ts'

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
