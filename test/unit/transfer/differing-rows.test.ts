import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DifferingRows } from '../../../src/transfer/land/differing/differing-rows.ts'
import { assertProperty } from '../../support/properties.ts'

type Row = readonly (string | null)[]

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')

test('rows that the other side has at the same place are dropped, and all others pass', async () => {
  await assertProperty(
    fc.asyncProperty(bothSides(), fc.integer({ min: 1, max: 3000 }), async ([ours, theirs], size) => {
      const { passed, same } = await compare(ours, theirs, size)
      expect(passed.length + same).toBe(ours.length)
      // Each row that did not pass is one of theirs, and not for two of ours.
      const left = countOf(theirs)
      const dropped = countOf(ours)
      for (const [row, count] of countOf(passed)) dropped.set(row, (dropped.get(row) ?? 0) - count)
      for (const [row, count] of dropped) expect(count).toBeLessThanOrEqual(left.get(row) ?? 0)
    }),
    { numRuns: 200 },
  )
})

const many = (count: number): Row[] =>
  Array.from({ length: count }, (_, id) => [
    String(id),
    `body of ${id}`,
    id % 7 === 0 ? null : 'x'.repeat(id % 50),
  ])
const without = (rows: readonly Row[], from: number, count: number) => rows.toSpliced(from, count)
const CASES: readonly { what: string; ours: Row[]; theirs: Row[]; passed: number }[] = [
  { what: 'the same', ours: many(10_000), theirs: many(10_000), passed: 0 },
  { what: 'nothing on the other side', ours: many(3000), theirs: [], passed: 3000 },
  { what: 'nothing', ours: [], theirs: many(3000), passed: 0 },
  {
    what: 'rows that only the other side has',
    ours: without(many(10_000), 500, 3000),
    theirs: many(10_000),
    passed: 0,
  },
  {
    what: 'each hundredth row changed',
    ours: many(10_000).map((row, id) => (id % 100 === 0 ? [row[0] ?? null, 'other'] : row)),
    theirs: many(10_000),
    passed: 100,
  },
]
test.each(CASES)('of $what, $passed pass', async ({ ours, theirs, passed }) => {
  expect((await compare(ours, theirs, 65_536)).passed).toHaveLength(passed)
})

test('after many rows that only one side has, the same rows are found again', async () => {
  const [all, some] = [many(10_000), without(many(10_000), 1000, 3000)]
  expect((await compare(all, some, 65_536)).same).toBeGreaterThan(1500)
})

test('a row that is too long to be held passes with all that follow it', async () => {
  const rows: Row[] = [...many(2000), ['long', 'y'.repeat(5_000_000), null], ...many(2000)]
  const { passed, same } = await compare(rows, rows, 65_536)
  expect(same).toBeGreaterThanOrEqual(1000)
  expect(passed.length + same).toBe(rows.length)
  expect(passed).toContainEqual(rows[2000])
})

test('a row of the other side that is too long to be held ends the comparison', async () => {
  const theirs: Row[] = [...many(2000), ['other'], ['long', 'y'.repeat(5_000_000), null], ...many(2000)]
  const { passed, same } = await compare([...many(2000), ['short'], ...many(2000)], theirs, 65_536)
  expect([passed.length, same]).toEqual([2001, 2000])
})

test('if hardly any rows are the same, the others are no longer compared', async () => {
  const ours: Row[] = Array.from({ length: 1000 }, (_, id) => [String(id), 'x'.repeat(20_000), null])
  const theirs: Row[] = ours.map(([id = null]) => [id, 'other', null])
  // They would be the same from here on.
  const { passed, same } = await compare([...ours, ...many(10)], [...theirs, ...many(10)], 65_536)
  expect([passed.length, same]).toEqual([ours.length + 10, 0])
})

test('what ends the other side early ends this one with the same error', async () => {
  const other = Readable.from(failing(), { objectMode: false })
  const rows = Readable.from([encode(many(10_000))], { objectMode: false }).pipe(new DifferingRows(other))
  await expect(rows.toArray()).rejects.toThrow('lost')
})

async function* failing(): AsyncGenerator<Buffer> {
  yield encode(many(10)).subarray(0, 200)
  throw new Error('lost')
}

const FIRST: Row = ['first']
const LONG: Row = ['long', 'y'.repeat(5_000_000), null]
/** The begin of a row that is too long to be held, after one that both sides have, and the rest of it. */
const BEGUN = pieces(encode([FIRST, LONG]).subarray(0, 4_500_000), 65_536)
const REST = encode([FIRST, LONG]).subarray(4_500_000)

test('while all others pass, the other side is read to its end', async () => {
  const events = new EventEmitter()
  const isRead = once(events, 'read')
  const theirs = async function* () {
    yield* pieces(encode([FIRST, ...many(5000)]), 65_536)
    events.emit('read')
  }
  const ours = async function* () {
    yield* BEGUN
    await isRead
    yield REST
  }
  const passed = binary(ours()).pipe(new DifferingRows(binary(theirs())))
  expect(decode(Buffer.concat(await passed.toArray()))).toEqual([LONG])
})

test('while all others pass, an error of the other side ends them', async () => {
  const theirs = async function* () {
    yield encode([FIRST, ...many(10)]).subarray(0, 200)
    throw new Error('lost')
  }
  const ours = async function* () {
    yield* BEGUN
    await new Promise(() => undefined)
  }
  const passed = binary(ours()).pipe(new DifferingRows(binary(theirs())))
  await expect(passed.toArray()).rejects.toThrow('lost')
})

test('the other side is not read to its end if no row was the same', async () => {
  const theirs = async function* () {
    yield* pieces(encode([['theirs'], LONG]).subarray(0, 4_500_000), 65_536)
    await new Promise(() => undefined)
  }
  const differing = new DifferingRows(binary(theirs()))
  const passed = await binary(pieces(encode(many(2000)), 65_536))
    .pipe(differing)
    .toArray()
  expect(decode(Buffer.concat(passed))).toHaveLength(2000)
  expect(differing.isInVain).toBe(true)
})

const binary = (chunks: Iterable<Buffer> | AsyncIterable<Buffer>) =>
  Readable.from(chunks, { objectMode: false })

/** Sides that are alike, with rows changed, left out and moved. */
function bothSides(): fc.Arbitrary<[Row[], Row[]]> {
  const cell = fc.option(fc.string({ maxLength: 20 }), { freq: 10 })
  const row = fc.tuple(cell, cell)
  const change = fc.constantFrom('keep', 'keep', 'keep', 'leave out', 'double', 'to the end')
  return fc.array(fc.record({ row, change }), { maxLength: 400 }).map((wanted) => {
    const ours = wanted.map((each) => each.row)
    const near = wanted.flatMap(({ row: own, change: how }) => {
      if (how === 'double') return [own, own]
      return how === 'keep' ? [own] : []
    })
    const end = wanted.flatMap(({ row: own, change: how }) => (how === 'to the end' ? [own] : []))
    return [ours, [...near, ...end]]
  })
}

async function compare(
  ours: readonly Row[],
  theirs: readonly Row[],
  size: number,
): Promise<{ readonly passed: Row[]; readonly same: number }> {
  const stream = (rows: readonly Row[]) => Readable.from(pieces(encode(rows), size), { objectMode: false })
  const differing = new DifferingRows(stream(theirs))
  const chunks: Buffer[] = await stream(ours).pipe(differing).toArray()
  return { passed: decode(Buffer.concat(chunks)), same: differing.same }
}

function countOf(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(JSON.stringify(row), (counts.get(JSON.stringify(row)) ?? 0) + 1)
  return counts
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, at) => Buffer.from(bytes.subarray(at * size, (at + 1) * size)))
}

/** As PostgreSQL's binary form of COPY. */
function encode(rows: readonly Row[]): Buffer {
  return Buffer.concat([HEADER, ...rows.flatMap(encodeRow), int16(-1)])
}

function encodeRow(row: Row): Buffer[] {
  return [int16(row.length), ...row.flatMap((cell) => encodeCell(cell))]
}

function encodeCell(cell: string | null): Buffer[] {
  if (cell === null) return [int32(-1)]
  const bytes = Buffer.from(cell)
  return [int32(bytes.length), bytes]
}

function decode(bytes: Buffer): Row[] {
  expect(bytes.subarray(0, HEADER.length)).toEqual(HEADER)
  const rows: Row[] = []
  let at = HEADER.length
  for (;;) {
    const columns = bytes.readInt16BE(at)
    at += 2
    if (columns === -1) break
    const row = Array.from({ length: columns }, () => {
      const size = bytes.readInt32BE(at)
      at += 4 + Math.max(size, 0)
      return size === -1 ? null : bytes.toString('utf8', at - size, at)
    })
    rows.push(row)
  }
  expect(at).toBe(bytes.length)
  return rows
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
