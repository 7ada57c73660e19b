import { type Readable, Transform } from 'node:stream'
import { chunksOf, giveBack } from '../../../postgres/read-buffers.ts'
import { PulledChunks } from './pulled-chunks.ts'
import { RowWindow } from './row-window.ts'

/** How far both sides are searched for a row that they share: first near, as most differences are single rows. */
const AHEAD = [8, 64, 512] as const
const FARTHEST = AHEAD[2]
/** Rows that are as long as this are searched less far. */
const AHEAD_BYTES = 256 * 1024
/** How many rows are compared at once: one at first, then twice as many while these are the same, and half as many where they differ. */
const MOST_AT_ONCE = 64
/** How many rows one side is searched at first without a row that both share, before the other. */
const PATIENCE = 4096
/** With this many differing bytes, and fewer that are the same, comparing costs more than it saves. */
const MANY_BYTES = 16 * 1024 * 1024

/**
 * A stage of a COPY in the binary form that passes on the rows that another COPY does not have at the same place, and drops those that it has: with the same bytes in all columns.
 * Both are read in the order of their rows on disk. Rows may be missing on either side, as after updates and deletes; a row that the other side has
 * elsewhere passes. Of each side, a few hundred kilobytes are in memory. If hardly any rows are the same, or one is too long, all others pass. The other side is then
 * read to its end only for the number of its rows, so not if none was the same.
 */
export class DifferingRows extends Transform {
  /** How many rows were dropped. */
  same = 0
  readonly #ours = new RowWindow()
  readonly #theirs = new RowWindow()
  readonly #other: PulledChunks
  #isOtherAtEnd = false
  #isPassing = false
  #sameBytes = 0
  #differingBytes = 0
  #searched: 'ours' | 'theirs' = 'theirs'
  #patience = PATIENCE
  #left = PATIENCE
  #reading: Promise<void> | undefined
  /** What passes, to be sent before the window of our rows is written over. */
  #passed: Buffer[] = []

  /** @param other the rows of the other side */
  constructor(other: Readable) {
    super()
    this.#other = new PulledChunks(other)
  }

  /** Whether all rows have passed, and the other side may not be at its end. */
  get isInVain(): boolean {
    return this.#isPassing && this.same === 0
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#take(chunk).then(() => done(), done)
  }

  override _flush(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), done)
  }

  async #take(chunk: Buffer): Promise<void> {
    if (this.#isPassing) {
      this.push(chunk)
      return
    }
    const hadHeader = this.#ours.header !== undefined
    const hasRoom = this.#ours.add(chunk)
    giveBack(chunk)
    if (!hadHeader && this.#ours.header !== undefined) this.#passed.push(this.#ours.header)
    if (hasRoom) await this.#compare(false)
    else this.#passAll()
    this.#send()
  }

  async #finish(): Promise<void> {
    if (!this.#isPassing) {
      await this.#compare(true)
      // Without rows that are not complete, this is what ends a COPY.
      this.#passAll()
    }
    if (!this.isInVain) await this.#readToEnd()
    this.#theirs.end()
  }

  /** Compares as far as rows have come. */
  async #compare(isAtEnd: boolean): Promise<void> {
    while (this.#ours.rows > 0 && !this.#isPassing) {
      if (this.#theirs.rows === 0 && !this.#isOtherAtEnd) await this.#readMore()
      else if (this.#theirs.rows === 0) this.#differ(this.#ours.rows)
      else if (!this.#dropSame() && !(await this.#meet(isAtEnd))) return
    }
  }

  /** Drops the rows at the front of both sides that are the same, and returns whether there were any. */
  #dropSame(): boolean {
    const [ours, theirs] = [this.#ours, this.#theirs]
    const most = Math.min(ours.rows, theirs.rows)
    let [count, isGrowing] = [0, true]
    for (let step = 1; step > 0; ) {
      if (count + step <= most && ours.isSame(count, theirs, count, step)) {
        count += step
        if (isGrowing && step < MOST_AT_ONCE) step *= 2
      } else {
        isGrowing = false
        step >>= 1
      }
    }
    if (count === 0) return false
    this.#sameBytes += ours.peek(count).length
    this.same += count
    ours.skip(count)
    theirs.skip(count)
    return true
  }

  /** Goes on to the nearest row that both sides share. Returns false if more of ours must come first. */
  async #meet(isAtEnd: boolean): Promise<boolean> {
    for (const ahead of AHEAD) {
      if (!isAtEnd && !isAhead(this.#ours, ahead)) return false
      while (!this.#isOtherAtEnd && !this.#isPassing && !isAhead(this.#theirs, ahead)) await this.#readMore()
      if (this.#isPassing) return true
      const met = nearest(this.#ours, this.#theirs, ahead)
      if (met === undefined) continue
      this.#differ(met.ours)
      this.#theirs.skip(met.theirs)
      this.#search('theirs', PATIENCE)
      return true
    }
    this.#searchOn()
    return true
  }

  /**
   * One side may have many rows that the other lacks, and it is not known which. So one goes on while the other waits, and then the other, each time twice
   * as far, until both meet.
   */
  #searchOn(): void {
    const window = this.#searched === 'ours' ? this.#ours : this.#theirs
    const count = Math.min(window.rows, FARTHEST)
    if (this.#searched === 'ours') this.#differ(count)
    else window.skip(count)
    this.#left -= count
    if (this.#left <= 0) this.#search(this.#searched === 'ours' ? 'theirs' : 'ours', this.#patience * 2)
  }

  #search(side: 'ours' | 'theirs', patience: number): void {
    this.#searched = side
    this.#patience = patience
    this.#left = patience
  }

  /** Passes the first rows. */
  #differ(count: number): void {
    const rows = this.#ours.peek(count)
    if (rows.length > 0) this.#passed.push(rows)
    this.#differingBytes += rows.length
    this.#ours.skip(count)
    if (this.#differingBytes > MANY_BYTES && this.#differingBytes > this.#sameBytes) this.#passAll()
  }

  #passAll(): void {
    this.#isPassing = true
    this.#passed.push(this.#ours.rest)
    this.#send()
    this.#ours.end()
    if (!this.isInVain) this.#readToEnd().catch((error: Error) => this.destroy(error))
  }

  #send(): void {
    if (this.#passed.length === 0) return
    for (const chunk of chunksOf(this.#passed)) this.push(chunk)
    this.#passed = []
  }

  async #readMore(): Promise<void> {
    const chunk = await this.#other.next()
    if (chunk === undefined) {
      this.#isOtherAtEnd = true
      return
    }
    const hasRoom = this.#theirs.add(chunk)
    giveBack(chunk)
    if (!hasRoom) this.#passAll()
  }

  /** Only the end of the other side says how many rows it has. */
  #readToEnd(): Promise<void> {
    this.#reading ??= this.#dropOthers()
    return this.#reading
  }

  async #dropOthers(): Promise<void> {
    for (let chunk = await this.#other.next(); chunk !== undefined; chunk = await this.#other.next())
      giveBack(chunk)
  }
}

/** Whether this many rows have come, or enough bytes of them. */
function isAhead(window: RowWindow, ahead: number): boolean {
  return window.rows >= ahead || window.bytes >= AHEAD_BYTES
}

/** The nearest places, at which most shared rows are: a few rows further on either side. They are looked at without a table of all others. */
const NEAREST = [1, 2, 3].flatMap((rows) =>
  Array.from({ length: rows + 1 }, (_, ours) => ({ ours, theirs: rows - ours })),
)

/** The nearest row that both sides have, by how many rows come before it on each; undefined if there is none among the first `ahead`. */
function nearest(
  ours: RowWindow,
  theirs: RowWindow,
  ahead: number,
): { readonly ours: number; readonly theirs: number } | undefined {
  for (const near of NEAREST)
    if (near.ours < ours.rows && near.theirs < theirs.rows && ours.isSame(near.ours, theirs, near.theirs))
      return near
  const places = new Map<number, number>()
  for (let at = Math.min(ahead, theirs.rows) - 1; at >= 0; at -= 1) places.set(theirs.tokenOf(at), at)
  let best: { readonly ours: number; readonly theirs: number } | undefined
  const rows = Math.min(ahead, ours.rows)
  for (let at = 0; at < rows && at < (best === undefined ? rows : best.ours + best.theirs); at += 1) {
    const there = places.get(ours.tokenOf(at))
    if (there === undefined || !ours.isSame(at, theirs, there)) continue
    if (best === undefined || at + there < best.ours + best.theirs) best = { ours: at, theirs: there }
  }
  return best
}
