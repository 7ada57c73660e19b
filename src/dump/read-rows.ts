import { createReadStream } from 'node:fs'
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { RefusedError } from '../core/errors.ts'
import { storedColumns } from '../transfer/columns.ts'
import { explainFileError } from './file-error.ts'
import type { DumpFile, ManifestFile, ManifestTable } from './manifest.ts'
import { Meter } from './meter.ts'
import type { Dump } from './open-dump.ts'
import { copyLine } from './script.ts'

const PIECE_BYTES = 256 * 1024
const NEWLINE = 0x0a
const END_OF_ROWS = Buffer.from('\\.\n')

/** The rows of a file, which ends with an error unless every byte of the file is as the manifest tells. */
export interface CheckedRows {
  readonly stream: Readable
  /** How many rows there were, once the stream has ended. */
  rowCount(): number
}

/** Reads the rows of a file of a dump. */
export function readRows(dump: Dump, file: ManifestFile): CheckedRows {
  const table = dump.manifest.tables.find(
    ({ schema, name }) => schema === file.table.schema && name === file.table.name,
  )
  const check = new RowCheck(dump, file, table)
  return { stream: checkedStream(dump, file, check), rowCount: () => check.rows }
}

/** Reads a file without rows, for its checks alone. */
export function readScript(dump: Dump, file: DumpFile): Readable {
  return checkedStream(dump, file, new SizeCheck(dump, file))
}

function checkedStream(dump: Dump, file: DumpFile, check: SizeCheck): Readable {
  const { path, start, length } = dump.locate(file)
  const disk = createReadStream(path, { start, end: start + length - 1, highWaterMark: PIECE_BYTES })
  const meter = new Meter()
  check.expectDigestOf(meter)
  // Whatever fails destroys the last stream, where the caller learns of it.
  return pipeline(disk, meter, createGunzip({ chunkSize: PIECE_BYTES }), check, () => undefined)
}

/** An error of reading a dump as a person should read it. */
export function explainReadError(error: unknown, path: string): unknown {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
    return damaged(path, 'is not a whole gzip file', error)
  }
  return explainFileError(error, path)
}

function damaged(path: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError(`${path} ${what}`, {
    hint: 'The dump is damaged: use another one. Nothing has changed in the target.',
    cause,
  })
}

/** Lets nothing pass that is more than the manifest tells, and fails at the end if the bytes are not its bytes. */
class SizeCheck extends Transform {
  protected readonly shown: string
  protected position = 0
  readonly #file: DumpFile
  #meter: Meter | undefined

  constructor({ path, kind }: Dump, file: DumpFile) {
    super({ highWaterMark: PIECE_BYTES })
    this.shown = kind === 'folder' ? `${path}/${file.path}` : `${path} (${file.path})`
    this.#file = file
  }

  expectDigestOf(meter: Meter): void {
    this.#meter = meter
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const start = this.position
    this.position += chunk.length
    if (this.position > this.#file.rawBytes) {
      done(
        damaged(this.shown, `unpacks to more than the ${this.#file.rawBytes} bytes that its manifest tells`),
      )
      return
    }
    this.takeIn(chunk, start)
    done()
  }

  override _flush(done: TransformCallback): void {
    done(this.problem())
  }

  /** Takes in bytes from position `start` of the script. */
  protected takeIn(_chunk: Buffer, _start: number): void {
    // A script without rows has nothing to pass on.
  }

  protected problem(): RefusedError | null {
    if (this.position !== this.#file.rawBytes) {
      return damaged(this.shown, `unpacks to ${this.position} bytes instead of ${this.#file.rawBytes}`)
    }
    return this.#meter?.digest() === this.#file.sha256
      ? null
      : damaged(this.shown, 'does not fit its checksum (SHA-256)')
  }
}

/** Passes on the rows of a script alone, and counts them: COPY text has exactly one line break for each. */
class RowCheck extends SizeCheck {
  rows = 0
  readonly #file: ManifestFile
  readonly #copy: Buffer | undefined
  #before: Buffer[] = []
  #after: Buffer[] = []

  constructor(dump: Dump, file: ManifestFile, table: ManifestTable | undefined) {
    super(dump, file)
    this.#file = file
    if (table !== undefined) {
      const columns = storedColumns(table).map((column) => column.name)
      this.#copy = Buffer.from(`\n${copyLine(file.table, columns)}\n`, 'utf8')
    }
  }

  protected override takeIn(chunk: Buffer, start: number): void {
    const { rowsStart, rowsBytes } = this.#file
    const [from, to] = [rowsStart - start, rowsStart + rowsBytes - start].map((at) =>
      Math.min(Math.max(at, 0), chunk.length),
    )
    const rows = chunk.subarray(from, to)
    if (from !== 0) this.#before.push(chunk.subarray(0, from))
    if (to !== chunk.length) this.#after.push(chunk.subarray(to))
    if (rows.length === 0) return
    this.#count(rows)
    this.push(rows)
  }

  protected override problem(): RefusedError | null {
    const problem = super.problem()
    if (problem !== null) return problem
    const isFramed =
      this.#copy !== undefined &&
      Buffer.concat(this.#before).subarray(-this.#copy.length).equals(this.#copy) &&
      Buffer.concat(this.#after).subarray(0, END_OF_ROWS.length).equals(END_OF_ROWS)
    if (!isFramed) return damaged(this.shown, 'is not the script that its manifest tells')
    return this.rows === this.#file.rows
      ? null
      : damaged(this.shown, `holds ${this.rows} rows instead of ${this.#file.rows}`)
  }

  #count(rows: Buffer): void {
    for (let at = rows.indexOf(NEWLINE); at !== -1; at = rows.indexOf(NEWLINE, at + 1)) this.rows += 1
  }
}
