import type { IndexDocument } from '../search-index.ts'
import { findMetadataProblem } from './find-metadata-problem.ts'

/** The value of the metadata key `managed_by` by which mbsync knows its documents. */
export const MANAGED_BY = 'mbsync'

/** A document as Mixedbread takes it. */
export interface SendableDocument {
  /** At most 256 characters, `<scope>-<type>-<uuid>`. */
  readonly externalId: string
  readonly text: string
  readonly fileName: string
  readonly mimeType: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/**
 * Reads the JSON of a document, `{"id", "text", "metadata", "file_name"?, "mime_type"?}`, and adds `managed_by` to its metadata; says
 * what is wrong with one that Mixedbread would refuse, without repeating it.
 */
export function readDocument({ id, json }: IndexDocument): SendableDocument | { readonly problem: string } {
  const content = parseObject(json)
  if (content === undefined) return { problem: 'the document is not a JSON object' }
  const { text, metadata = {}, file_name = `${id}.txt`, mime_type = 'text/plain' } = content
  const problem =
    findIdProblem(id, content.id) ??
    (typeof text === 'string' ? undefined : 'text: is not a string') ??
    (typeof file_name === 'string' ? undefined : 'file_name: is not a string') ??
    (typeof mime_type === 'string' ? undefined : 'mime_type: is not a string') ??
    findMetadataProblem(metadata)
  if (problem !== undefined) return { problem }
  return {
    externalId: id,
    text: String(text),
    fileName: String(file_name),
    mimeType: String(mime_type),
    metadata: { ...(metadata as Record<string, unknown>), managed_by: MANAGED_BY },
  }
}

function findIdProblem(id: string, idInside: unknown): string | undefined {
  if (idInside !== id) return 'id: is not the same inside and outside the document'
  // The SDK cannot send the two that mean a folder in a path.
  if (['', '.', '..'].includes(id)) return 'id: cannot be sent'
  return [...id].length > 256 ? 'id: has more than 256 characters' : undefined
}

/** Without the error of the parser, which repeats what it read. */
function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {}
  return undefined
}
