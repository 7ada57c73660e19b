const NUL = 0x00
const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d
const DOT = 0x2e
const BACKSLASH = 0x5c
const END_MARKER = Buffer.from('\\.')

/**
 * Finds in COPY text what `COPY … TO STDOUT` of a real server never sends, and what readers of COPY text act on: an end-of-data marker, after
 * which psql reads commands and older servers drop rows; a carriage return, which could be the line break; NUL, at which psql cuts a line;
 * an end within a row. A server escapes all of them. Memory is constant, and the search is by memchr.
 */
export class CopyTextCheck {
  #lastByte = NEWLINE
  /** Whether the bytes before end in a backslash that belongs to the next byte. */
  #isEscaping = false

  /** What is wrong with the next bytes; undefined if nothing is. */
  take(chunk: Buffer): string | undefined {
    if (chunk.length === 0) return undefined
    if (chunk.includes(NUL)) return 'a NUL byte'
    if (chunk.includes(CARRIAGE_RETURN)) return 'a carriage return'
    if (this.#hasEndMarker(chunk)) return 'an end-of-data marker (\\.)'
    this.#isEscaping = this.#isOdd(chunk, chunk.length)
    this.#lastByte = chunk[chunk.length - 1] ?? NEWLINE
    return undefined
  }

  /** What is wrong with the end, once all bytes were taken in. */
  end(): string | undefined {
    return this.#lastByte === NEWLINE ? undefined : 'a row that is cut short'
  }

  #hasEndMarker(chunk: Buffer): boolean {
    if (this.#isEscaping && chunk[0] === DOT) return true
    // Each backslash costs a step of the search for both; rows of NULLs are full of them.
    if (!chunk.includes(DOT)) return false
    let at = chunk.indexOf(END_MARKER)
    // Backslashes come in pairs: after an odd number of them, this one is the second of a pair.
    while (at !== -1 && this.#isOdd(chunk, at)) at = chunk.indexOf(END_MARKER, at + END_MARKER.length)
    return at !== -1
  }

  /** Whether an odd number of backslashes stands right before a position of the chunk. */
  #isOdd(chunk: Buffer, end: number): boolean {
    let start = end
    while (start > 0 && chunk[start - 1] === BACKSLASH) start -= 1
    const isOddHere = (end - start) % 2 === 1
    return start === 0 && this.#isEscaping ? !isOddHere : isOddHere
  }
}
