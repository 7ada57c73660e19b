import type { Readable } from 'node:stream'

const NEWLINE = 0x0a
/** What the letter after a backslash stands for; any other character stands for itself. */
const MEANINGS: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * The rows of `COPY … TO STDOUT` in text form, each the texts of its columns (NULL is null), in portions as they arrive.
 * In that form a newline byte always ends a row, and a tab always parts two columns.
 */
export async function* copyRows(stream: Readable): AsyncGenerator<(string | null)[][]> {
  let pending: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE)
    if (end === -1) {
      pending.push(chunk)
      continue
    }
    const whole = chunk.subarray(0, end)
    const lines = (pending.length === 0 ? whole : Buffer.concat([...pending, whole])).toString('utf8')
    pending = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
    yield lines.split('\n').map(parseCopyRow)
  }
}

/** All rows of COPY text, each the texts of its columns. */
export function parseCopyText(bytes: Buffer): (string | null)[][] {
  return bytes.toString('utf8').split('\n').slice(0, -1).map(parseCopyRow)
}

/** One row as a line of COPY text. */
export function copyLine(values: readonly (string | null)[]): string {
  return `${values.map(writeText).join('\t')}\n`
}

function writeText(value: string | null): string {
  return value?.replaceAll(/[\\\n\r\t]/g, (found) => ESCAPED[found] ?? found) ?? '\\N'
}

/** The texts of the columns of a line of COPY text. */
export function parseCopyRow(line: string): (string | null)[] {
  return line.split('\t').map((text) => (text === '\\N' ? null : readText(text)))
}

function readText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(/\\(.)/g, (_, letter: string) => MEANINGS[letter] ?? letter)
}
