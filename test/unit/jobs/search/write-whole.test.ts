import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FailedError, UsageError } from '../../../../src/core/errors.ts'
import { writeWhole } from '../../../../src/jobs/search/write-whole.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mbsync-write-whole-'))
})
afterEach(() => rm(folder, { recursive: true }))

const inFolder = (name: string) => join(folder, name)

async function* texts() {
  yield 'one\n'
  yield 'two\n'
}

async function* failing() {
  yield 'one\n'
  throw new FailedError('the database is gone')
}

test('a file is for its owner alone, whatever stood at its draft', async () => {
  await writeFile(inFolder('victim'), 'kept')
  await symlink(inFolder('victim'), inFolder('file.partial'))
  await writeWhole(inFolder('file'), texts())
  expect(await readFile(inFolder('file'), 'utf8')).toBe('one\ntwo\n')
  expect((await lstat(inFolder('file'))).mode & 0o777).toBe(0o600)
  expect(await readFile(inFolder('victim'), 'utf8')).toBe('kept')

  await writeFile(inFolder('other.partial'), 'of a run that was killed', { mode: 0o644 })
  await writeWhole(inFolder('other'), texts())
  expect((await stat(inFolder('other'))).mode & 0o777).toBe(0o600)
})

test('a file that cannot be completed stays as it was', async () => {
  await writeFile(inFolder('file'), 'before')
  await expect(writeWhole(inFolder('file'), failing())).rejects.toThrow('the database is gone')
  expect(await readFile(inFolder('file'), 'utf8')).toBe('before')
  expect(await readdir(folder)).toEqual(['file'])
})

test('a symbolic link stays one, and the file that it leads to is written', async () => {
  await symlink('real', inFolder('link'))
  await writeWhole(inFolder('link'), texts())
  expect((await lstat(inFolder('link'))).isSymbolicLink()).toBe(true)
  expect(await readFile(inFolder('real'), 'utf8')).toBe('one\ntwo\n')
})

test('a pipe is written as it is, and not replaced by a file', async () => {
  execFileSync('mkfifo', [inFolder('pipe')])
  const [read] = await Promise.all([
    text(createReadStream(inFolder('pipe'))),
    writeWhole(inFolder('pipe'), texts()),
  ])
  expect(read).toBe('one\ntwo\n')
  expect((await stat(inFolder('pipe'))).isFIFO()).toBe(true)
  expect(await readdir(folder)).toEqual(['pipe'])
})

test('what cannot be written is told by its path', async () => {
  await expect(writeWhole(folder, texts())).rejects.toThrow(UsageError)
  await expect(writeWhole(inFolder('nowhere/file'), texts())).rejects.toThrow(
    `${inFolder('nowhere/file.partial')}: there is no such file or folder`,
  )
})
