import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claimFolder } from '../../../src/dump/partial-folder.ts'
import { lstatIfThere } from '../../../src/files/lstat-if-there.ts'

test('a folder that cannot be marked, as on a full disk, is not left behind', async () => {
  const root = await mkdtemp(join(tmpdir(), 'mbsync-partial-'))
  try {
    // Linux and macOS refuse longer paths: the folder can be made, and the file in it cannot.
    const longest = process.platform === 'darwin' ? 1023 : 4095
    const output = longPath(root, longest - '.partial'.length)
    await expect(claimFolder(output)).rejects.toThrow(`${output}.partial`)
    expect(await lstatIfThere(`${output}.partial`)).toBeUndefined()
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

/** A path below a folder with exactly this many bytes. */
function longPath(root: string, length: number): string {
  let path = root
  while (length - path.length > 402) path += `/${'d'.repeat(200)}`
  if (length - path.length > 202) path += `/${'d'.repeat(length - path.length - 102)}`
  return `${path}/${'d'.repeat(length - path.length - 1)}`
}
