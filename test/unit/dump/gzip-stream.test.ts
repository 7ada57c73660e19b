import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { GzipStream } from '../../../src/dump/gzip-stream.ts'

const PIECE_BYTES = 256 * 1024

/** Digits that repeat by chance alone. */
function digests(bytes: number): Buffer {
  const lines = Array.from({ length: Math.ceil(bytes / 65) }, (_, n) =>
    createHash('sha256').update(String(n)).digest('hex'),
  )
  return Buffer.from(`${lines.join('\n')}\n`).subarray(0, bytes)
}

function rows(bytes: number): Buffer {
  const lines = Array.from({ length: Math.ceil(bytes / 20) }, (_, n) => `${n}\tpaid\t2026-01-01\n`)
  return Buffer.from(lines.join('')).subarray(0, bytes)
}

async function compress(bytes: Buffer, level: number, pieceBytes = PIECE_BYTES): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, n) =>
    bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes),
  )
  const stream = new GzipStream(level, PIECE_BYTES)
  const [written] = await Promise.all([buffer(stream), pipeline(Readable.from(pieces), stream)])
  return written
}

describe('GzipStream', () => {
  test.each([1, 3, 9])(
    'what it writes at level %i unpacks to the same, whatever follows what',
    async (level) => {
      const mixed = Buffer.concat([digests(3e6), rows(3e6), digests(3e6), rows(1e6), digests(1)])
      for (const bytes of [Buffer.alloc(0), Buffer.from('a'), rows(5e5), mixed]) {
        expect(gunzipSync(await compress(bytes, level)).equals(bytes)).toBe(true)
      }
      expect(gunzipSync(await compress(mixed.subarray(0, 4e5), level, 1000)).length).toBe(4e5)
    },
  )

  test('digests take less than zlib makes of them, and rows no more', async () => {
    const [random, repetitive] = [digests(4e6), rows(4e6)]
    const plainly = (bytes: Buffer) => gzipSync(bytes, { level: 1, windowBits: 13 }).length
    expect((await compress(random, 1)).length).toBeLessThan(plainly(random) * 0.99)
    expect((await compress(repetitive, 1)).length).toBeLessThan(plainly(repetitive) * 1.001)
  })

  test('a small window where rows repeat those just before them, a large one where they repeat others far away', async () => {
    const near = Buffer.from(
      digests(65 * 4000)
        .toString()
        .split('\n')
        .map((digest, n) => `${digest.slice(0, 8)}\t${n}\tpaid\n`)
        .join('')
        .repeat(8),
    )
    const far = Buffer.from(digests(20_000).toString().repeat(30))
    const plainly = (bytes: Buffer, windowBits: number) => gzipSync(bytes, { level: 3, windowBits }).length
    expect((await compress(near, 3)).length).toBeLessThan(plainly(near, 15) * 0.97)
    expect((await compress(far, 3)).length).toBeLessThan(plainly(far, 12) * 0.2)
  })

  test('an error of the codec is its own, and it can be destroyed at any time', async () => {
    const stream = new GzipStream(1, PIECE_BYTES)
    stream.resume()
    const writing = pipeline(Readable.from([rows(PIECE_BYTES), rows(PIECE_BYTES)]), stream)
    stream.destroy(new Error('the disk is full'))
    await expect(writing).rejects.toThrow('the disk is full')
  })
})
