import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { onFile } from '../files/file-error.ts'
import { announce } from '../transfer/land/copy-parts.ts'
import { damagedFile } from './damaged.ts'
import { partsOf } from './dump-source.ts'
import type { DumpFile } from './manifest.ts'
import type { Dump } from './open-dump.ts'
import { fitsScript } from './read-rows.ts'
import { OTHER_SCRIPT } from './script-checks.ts'
import { type Verification, verifyScripts } from './verify-dump.ts'

const PIECE_BYTES = 1024 * 1024

/**
 * Proves that every file of a dump is byte for byte what its manifest says, without unpacking rows: what they unpack to is checked as they are read. The
 * scripts without rows are checked whole.
 * @throws RefusedError that names the first file that is damaged, or if this Node cannot unpack any
 */
export async function checkChecksums(dump: Dump, verification: Omit<Verification, 'jobs'>): Promise<void> {
  const { report, signal } = verification
  const parts = partsOf(dump.manifest.files).map((part) => ({ ...part, estimatedBytes: part.file.bytes }))
  announce({ parts, report })
  // SHA-256 is a matter of the processor, and one file after the other needs one buffer.
  const buffer = Buffer.allocUnsafe(PIECE_BYTES)
  for (const { file, table, number, of, estimatedBytes } of parts) {
    const part = { table, part: number, parts: of, estimatedBytes }
    report({ type: 'part-started', ...part })
    const sha256 = await hashFile(dump, file, buffer, (bytes) => {
      signal.throwIfAborted()
      report({ type: 'bytes', table, part: number, bytes })
    })
    if (sha256 !== file.sha256) throw damagedFile(dump, file, 'does not fit its checksum (SHA-256)')
    if (!fitsScript(dump, file)) throw damagedFile(dump, file, OTHER_SCRIPT)
    report({ type: 'part-finished', ...part, rows: file.rows, bytes: file.bytes, storedBytes: file.bytes })
  }
  await verifyScripts(dump, signal)
}

async function hashFile(
  dump: Dump,
  file: DumpFile,
  buffer: Buffer,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const { path, start, length } = dump.locate(file)
  const hash = createHash('sha256')
  await onFile(path, async () => {
    const handle = await open(path, 'r')
    try {
      let done = 0
      while (done < length) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(PIECE_BYTES, length - done), start + done)
        // It has become shorter since it was opened, which the checksum shows.
        if (bytesRead === 0) break
        hash.update(buffer.subarray(0, bytesRead))
        done += bytesRead
        onBytes(bytesRead)
      }
    } finally {
      await handle.close()
    }
  })
  return hash.digest('hex')
}
