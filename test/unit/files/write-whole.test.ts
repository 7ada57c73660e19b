import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FailedError, UsageError } from '../../../src/core/errors.ts'
import { writeWhole } from '../../../src/files/write-whole.ts'

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

test('a file is for its owner alone, or for those whom its writer names', async () => {
  await writeWhole(inFolder('file'), texts())
  expect(await readFile(inFolder('file'), 'utf8')).toBe('one\ntwo\n')
  expect((await lstat(inFolder('file'))).mode & 0o777).toBe(0o600)
  await writeWhole(inFolder('file'), ['three\n'], 0o644)
  expect(await readFile(inFolder('file'), 'utf8')).toBe('three\n')
  expect((await lstat(inFolder('file'))).mode & 0o777).toBe(0o644)
})

test('of several writers at once, one leaves its whole text', async () => {
  const letters = ['a', 'b', 'c', 'd', 'e']
  await Promise.all(
    letters.map((letter) => writeWhole(inFolder('file'), Array(1000).fill(letter.repeat(100)))),
  )
  expect(await readFile(inFolder('file'), 'utf8')).toMatch(
    /^(?:a{100000}|b{100000}|c{100000}|d{100000}|e{100000})$/,
  )
  expect(await readdir(folder)).toEqual(['file'])
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

test('an error names the path', async () => {
  await expect(writeWhole(folder, texts())).rejects.toThrow(UsageError)
  await expect(writeWhole(inFolder('nowhere/file'), texts())).rejects.toThrow(
    `${inFolder('nowhere/file')}: the file or folder does not exist`,
  )
})

test('a file that is there keeps its mode if that is wanted', async () => {
  for (const mode of [0o600, 0o640, 0o644]) {
    const path = inFolder(`of-${mode}`)
    await writeFile(path, 'before')
    await chmod(path, mode)
    await writeWhole(path, texts(), 'as before')
    expect([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')]).toEqual([mode, 'one\ntwo\n'])
  }
  await writeWhole(inFolder('new'), texts(), 'as before')
  expect((await stat(inFolder('new'))).mode & 0o777).toBe(0o600)
})
