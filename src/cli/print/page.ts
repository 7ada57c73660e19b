import { createPaint, type Paint } from '../format/paint.ts'
import type { OutputStream } from '../surroundings.ts'

/** What a result is printed on, line by line. */
export interface Page {
  readonly paint: Paint
  /** Columns that a line may take; infinite where the output is not a terminal. */
  readonly width: number
  readonly isVerbose: boolean
  line(text?: string): void
}

/** A page on a stream, with its colours and its width. */
export function openPage(stream: OutputStream, env: NodeJS.ProcessEnv, isVerbose: boolean): Page {
  return {
    paint: createPaint(stream, env),
    width: stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY,
    isVerbose,
    line: (text = '') => {
      stream.write(`${text}\n`)
    },
  }
}
