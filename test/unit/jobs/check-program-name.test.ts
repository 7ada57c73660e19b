import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkProgramName } from '../../../src/jobs/check/check-program-name.ts'

function folderWith(content: string, name = 'mbsync'): string {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-path-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), content)
  chmodSync(join(folder, name), 0o755)
  return folder
}

test('a binary of the name mbsync that comes first on the PATH is another program', async () => {
  const [isync, ours] = [folderWith('\x7fELF'), folderWith('#!/usr/bin/env node\n')]
  const own = '/usr/local/bin/mbsync'
  const [found] = await checkProgramName({ path: [isync, ours].join(delimiter), own })
  expect(found).toMatchObject({ status: 'warning', subject: join(isync, 'mbsync') })
  expect(found?.hint).toContain(own)
  expect(await checkProgramName({ path: [ours, isync].join(delimiter), own })).toEqual([])
})

test('a shim of a version manager, and no such command, are no reason to warn', async () => {
  const shim = folderWith('\x7fELF', 'volta-shim')
  symlinkSync(join(shim, 'volta-shim'), join(shim, 'mbsync'))
  expect(await checkProgramName({ path: shim, own: undefined })).toEqual([])
  expect(await checkProgramName({ path: undefined, own: undefined })).toEqual([])
})
