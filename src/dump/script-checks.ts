import { Transform, type TransformCallback } from 'node:stream'
import { countByte } from '../core/count-byte.ts'
import type { RefusedError } from '../core/errors.ts'
import type { Codec } from './compression.ts'
import { damagedFile } from './damaged.ts'
import type { DumpFile, ManifestFile } from './manifest.ts'
import type { Meter } from './meter.ts'
import type { Dump } from './open-dump.ts'
import type { Script } from './script.ts'

const PIECE_BYTES = 256 * 1024
/** COPY text has exactly one for each row. */
const NEWLINE = 0x0a
/** What is wrong with a file whose script is another one. */
export const OTHER_SCRIPT = 'is not the script that its manifest describes'

/** Lets nothing pass that is more than the manifest says, and fails at the end if the bytes are not its bytes. */
abstract class SizeCheck extends Transform {
  readonly #dump: Dump
  readonly #file: DumpFile
  #position = 0
  #meter: Meter | undefined
  #codec: Codec | undefined

  constructor(dump: Dump, file: DumpFile) {
    super({ highWaterMark: PIECE_BYTES })
    this.#dump = dump
    this.#file = file
  }

  /** Names where the compressed bytes pass. */
  expectFrom(meter: Meter, codec: Codec): void {
    this.#meter = meter
    this.#codec = codec
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const start = this.#position
    this.#position += chunk.length
    const { rawBytes } = this.#file
    if (this.#position > rawBytes) {
      done(this.damaged(`unpacks to more than the ${rawBytes} bytes that its manifest says`))
      return
    }
    if (this.takeIn(chunk, start)) done()
    else done(this.damaged(OTHER_SCRIPT))
  }

  override _flush(done: TransformCallback): void {
    done(this.problem())
  }

  /** Takes in bytes from position `start` of the script; false if they must not lead to anything. */
  protected abstract takeIn(chunk: Buffer, start: number): boolean

  protected damaged(what: string): RefusedError {
    return damagedFile(this.#dump, this.#file, what)
  }

  protected problem(): RefusedError | null {
    const { rawBytes, bytes, sha256 } = this.#file
    if (this.#position !== rawBytes) {
      return this.damaged(`unpacks to ${this.#position} bytes instead of ${rawBytes}`)
    }
    if (this.#meter?.digest() !== sha256) return this.damaged('does not match its checksum (SHA-256)')
    // zlib passes over what follows a zero byte after the end; another program may unpack it.
    return this.#codec?.bytesWritten === bytes ? null : this.damaged('holds bytes after its end')
  }
}

/** Passes nothing on, and fails unless the bytes are exactly one script. */
export class ScriptCheck extends SizeCheck {
  readonly #script: Buffer
  #fits: boolean

  constructor(dump: Dump, file: DumpFile, script: Buffer) {
    super(dump, file)
    this.#script = script
    this.#fits = script.length === file.rawBytes
  }

  protected override takeIn(chunk: Buffer, start: number): boolean {
    this.#fits &&= this.#script.subarray(start, start + chunk.length).equals(chunk)
    return true
  }

  protected override problem(): RefusedError | null {
    return super.problem() ?? (this.#fits ? null : this.damaged(OTHER_SCRIPT))
  }
}

/** Passes on the rows of a script alone, counts them, and fails unless exactly the script is around them. */
export class RowCheck extends SizeCheck {
  rows = 0
  readonly #file: ManifestFile
  readonly #header: Buffer
  readonly #trailer: Buffer
  #fits: boolean

  constructor(dump: Dump, file: ManifestFile, script: Script | undefined) {
    super(dump, file)
    this.#file = file
    this.#header = script?.header ?? Buffer.alloc(0)
    this.#trailer = script?.trailer ?? Buffer.alloc(0)
    const { rowsStart, rowsBytes, rawBytes } = file
    this.#fits =
      rowsStart === this.#header.length && rawBytes === rowsStart + rowsBytes + this.#trailer.length
  }

  protected override takeIn(chunk: Buffer, start: number): boolean {
    const { rowsStart, rowsBytes } = this.#file
    const rowsEnd = rowsStart + rowsBytes
    const between = (from: number, to: number) =>
      chunk.subarray(Math.max(from - start, 0), Math.max(Math.min(to - start, chunk.length), 0))
    this.#expect(between(0, rowsStart), this.#header, start)
    this.#expect(between(rowsEnd, Number.POSITIVE_INFINITY), this.#trailer, Math.max(start - rowsEnd, 0))
    const rows = between(rowsStart, rowsEnd)
    if (rows.length === 0) return true
    // They may be those of another table, and must be given to no role.
    if (!this.#fits) return false
    this.rows += countByte(rows, NEWLINE)
    this.push(rows)
    return true
  }

  #expect(bytes: Buffer, text: Buffer, at: number): void {
    if (bytes.length > 0) this.#fits &&= text.subarray(at, at + bytes.length).equals(bytes)
  }

  protected override problem(): RefusedError | null {
    const problem = super.problem()
    if (problem !== null) return problem
    if (!this.#fits) return this.damaged(OTHER_SCRIPT)
    return this.rows === this.#file.rows
      ? null
      : this.damaged(`holds ${this.rows} rows instead of ${this.#file.rows}`)
  }
}
