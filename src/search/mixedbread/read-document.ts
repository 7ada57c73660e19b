import type { IndexDocument } from '../search-index.ts'

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

// One less than Mixedbread takes: managed_by is added.
const MOST_KEYS = 255
const MOST_VALUE_BYTES = 8 * 1024
const MOST_BYTES = 128 * 1024 - 64

/** What Mixedbread would refuse of a document's metadata; names keys, never values. */
function findMetadataProblem(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return 'metadata: is not an object'
  }
  const entries = Object.entries(metadata)
  if (entries.length > MOST_KEYS) return `metadata: has more than ${MOST_KEYS} keys`
  const tooLong = entries.find(([, value]) => bytesOf(value) > MOST_VALUE_BYTES)
  if (tooLong !== undefined) return `metadata.${tooLong[0]}: has more than ${MOST_VALUE_BYTES} bytes`
  const inexact = entries.find(([, value]) => hasInexactNumber(value))
  if (inexact !== undefined)
    return `metadata.${inexact[0]}: has a number too large to be sent exactly; make it a text`
  return bytesOf(metadata) > MOST_BYTES ? `metadata: has more than ${MOST_BYTES} bytes` : undefined
}

/** JSON numbers are read as those of JavaScript, and sent as what they became. */
function hasInexactNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexactNumber)
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}
