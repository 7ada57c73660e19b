import { expect, test } from 'vitest'
import { keepHeapSmall } from '../../../src/cli/keep-heap-small.ts'

const MB = 2 ** 20

function arrayBufferBytes(): number {
  return process.memoryUsage().arrayBuffers
}

test('chunks that have been passed on are collected once there is much to move, and only then', async () => {
  const table = { schema: 'public', name: 'item' }
  const pass = (chunks: number) => {
    for (let n = 0; n < chunks; n += 1) Buffer.alloc(MB / 16)
    keepHeapSmall({ type: 'bytes', table, part: 1, bytes: chunks * (MB / 16) })
  }
  const plan = (estimatedBytes: number) =>
    keepHeapSmall({ type: 'copy-planned', tables: 1, parts: 1, estimatedRows: 1, estimatedBytes })
  plan(MB)
  pass(128)
  plan(1024 * MB)
  const before = arrayBufferBytes()
  pass(128)
  // V8 gives their memory back on another thread.
  await expect.poll(arrayBufferBytes).toBeLessThan(before + 4 * MB)
})
