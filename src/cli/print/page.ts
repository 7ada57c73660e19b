import { createPaint, type Paint } from '../format/paint.ts'
import { wrapLine } from '../format/wrap-line.ts'
import type { OutputStream } from '../surroundings.ts'

/** What a result is printed on, line by line. */
export interface Page {
  readonly paint: Paint
  /** Columns that a line may take; infinite where the output is not a terminal. */
  readonly width: number
  readonly isVerbose: boolean
  line(text?: string): void
  /** Prints a line of words, broken between them where the page is too narrow. */
  prose(text: string): void
}

/** A page on a stream, with its colours and its width. */
export function openPage(stream: OutputStream, env: NodeJS.ProcessEnv, isVerbose: boolean): Page {
  const width = stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY
  const line = (text = '') => {
    stream.write(`${text}\n`)
  }
  return {
    paint: createPaint(stream, env),
    width,
    isVerbose,
    line,
    prose: (text) => line(wrapLine(text, width)),
  }
}
