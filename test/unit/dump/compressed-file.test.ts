import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { openCompressedFile } from '../../../src/dump/compressed-file.ts'
import { receiveChunks } from '../../support/receive-chunks.ts'

test('the buffers of chunks are not read into again while the codec cannot take the chunks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-compressed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rows.sql.gz')
  const script = { header: Buffer.from('header\n'), trailer: Buffer.from('trailer\n') }
  // What does not compress fills the codec's output, which nothing reads yet.
  const rows = randomBytes(4 * 1024 * 1024)
  const { stages } = openCompressedFile(path, script, { method: 'gzip', level: 1 })
  const [file, ...others] = stages
  for (const chunk of await receiveChunks(rows)) file.write(chunk)
  file.end()
  await receiveChunks(Buffer.alloc(2 * rows.length, '?'))
  await pipeline([file, ...others])
  const expected = Buffer.concat([script.header, rows, script.trailer])
  expect(gunzipSync(readFileSync(path)).equals(expected)).toBe(true)
})
