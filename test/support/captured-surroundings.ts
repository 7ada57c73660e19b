import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { OutputStream, Surroundings } from '../../src/cli/surroundings.ts'

/** A stream that keeps what is written to it; a terminal if columns are given, even none. */
export class CapturedStream extends Writable implements OutputStream {
  readonly isTTY: boolean
  readonly columns: number
  readonly rows = 30
  text = ''

  constructor(columns?: number) {
    super({ decodeStrings: false })
    this.isTTY = columns !== undefined
    this.columns = columns ?? 0
  }

  /** The lines without colours and cursor movements. */
  get lines(): string[] {
    return stripVTControlCharacters(this.text).split('\n')
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }

  /** What a spinner asks of a terminal. */
  cursorTo(): boolean {
    return true
  }

  moveCursor(): boolean {
    return true
  }

  clearLine(): boolean {
    return true
  }
}

/** Surroundings that keep what is written; with columns, both streams are terminals. */
export interface CapturedSurroundings extends Surroundings {
  readonly stdout: CapturedStream
  readonly stderr: CapturedStream
}

/** Captured surroundings with an environment of their own. */
export function captureSurroundings(
  options: { columns?: number | undefined; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): CapturedSurroundings {
  return {
    stdout: new CapturedStream(options.columns),
    stderr: new CapturedStream(options.columns),
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
  }
}

/** The JSON lines that a log holds, without their times and the id of the start. */
export function logLines(stream: CapturedStream): Record<string, unknown>[] {
  const lines = stream.text.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const { time: _, run: __, ...facts } = JSON.parse(line)
    return facts
  })
}
