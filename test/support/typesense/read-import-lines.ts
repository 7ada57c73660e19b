import { isUtf8 } from 'node:buffer'
import type { Document } from './collection.ts'

/** A line of an import: a document, or the reason why it is none. */
export type ImportLine =
  | { readonly text: string; readonly document: Document }
  | { readonly text: string; readonly problem: string }

const NEWLINE = 10

/** Parses the lines of an import; blank ones are no lines, and so shift those after them. */
export function readImportLines(body: Buffer): ImportLine[] {
  return Array.from(rangesOf(body), ([start, end]) => parseLine(body.subarray(start, end)))
}

/** Counts the lines that an import has, without reading them. */
export function countLines(body: Buffer): number {
  let count = 0
  for (const _ of rangesOf(body)) count += 1
  return count
}

function* rangesOf(body: Buffer): Generator<readonly [number, number]> {
  for (let start = 0; start < body.length; ) {
    const newline = body.indexOf(NEWLINE, start)
    const end = newline === -1 ? body.length : newline
    if (end > start) yield [start, end]
    start = end + 1
  }
}

function parseLine(line: Buffer): ImportLine {
  const text = line.toString('utf8')
  if (!isUtf8(line))
    return { text, problem: 'Bad JSON: [json.exception.parse_error.101] ill-formed UTF-8 byte' }
  try {
    const parsed: unknown = JSON.parse(text)
    const overflow = findOverflow(parsed, text)
    if (overflow !== undefined)
      return {
        text,
        problem: `Bad JSON: [json.exception.out_of_range.406] number overflow parsing '${overflow}'`,
      }
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return { text, document: parsed as Document }
    }
    return { text, problem: 'Bad JSON: not a properly formed document.' }
  } catch (error) {
    return { text, problem: `Bad JSON: [json.exception.parse_error.101] ${(error as Error).message}` }
  }
}

/** A number of the text that no double holds. */
function findOverflow(parsed: unknown, text: string): string | undefined {
  const isBeyond = (value: unknown): boolean =>
    value === Number.POSITIVE_INFINITY ||
    value === Number.NEGATIVE_INFINITY ||
    (typeof value === 'object' && value !== null && Object.values(value).some(isBeyond))
  if (!isBeyond(parsed)) return undefined
  return text.match(/-?\d[\d.eE+-]*/g)?.find((number) => !Number.isFinite(Number(number)))
}
