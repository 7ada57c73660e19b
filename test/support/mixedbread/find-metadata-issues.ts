import { isRecord } from './is-record.ts'
import type { Issue } from './reply.ts'

const MAX_KEYS = 256
const MAX_VALUE_BYTES = 8 * 1024
const MAX_BYTES = 128 * 1024

/** What Mixedbread refuses of a file's metadata. */
export function findMetadataIssues(metadata: unknown): Issue[] {
  if (metadata === undefined || metadata === null) return []
  if (!isRecord(metadata)) return [issue('Input should be a valid dictionary', [], 'dict_type')]
  const keys = Object.keys(metadata)
  const issues: Issue[] = []
  if (keys.length > MAX_KEYS) issues.push(issue(`Value error, More than ${MAX_KEYS} metadata keys`))
  for (const key of keys) {
    if (bytesOf(metadata[key]) > MAX_VALUE_BYTES) {
      issues.push(issue(`Value error, Metadata value is larger than ${MAX_VALUE_BYTES} bytes`, [key]))
    }
  }
  if (bytesOf(metadata) > MAX_BYTES) {
    issues.push(issue(`Value error, Metadata is larger than ${MAX_BYTES} bytes`))
  }
  return issues
}

function issue(msg: string, where: readonly string[] = [], type = 'value_error'): Issue {
  return { loc: ['body', 'metadata', ...where], msg, type }
}

/** A text counts as its own bytes, without the quotes and escapes that JSON adds. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}
