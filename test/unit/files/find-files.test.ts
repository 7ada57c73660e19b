import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findFiles } from '../../../src/files/find-files.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-[a]*-'))
  for (const name of ['sql', 'sql/b', 'sql/a', 'sql/dir.sql']) mkdirSync(join(folder, name))
  for (const name of [
    'sql/10.sql',
    'sql/9.sql',
    'sql/B.sql',
    'sql/a.sql',
    'sql/.hidden.sql',
    'sql/a/x.sql',
    'sql/b/x.sql',
    'sql/[1].txt',
    'sql/1.txt',
    'sql/-.txt',
  ])
    writeFileSync(join(folder, name), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['sql/*.sql', ['sql/10.sql', 'sql/9.sql', 'sql/B.sql', 'sql/a.sql']],
  ['./sql/?.sql', ['sql/9.sql', 'sql/B.sql', 'sql/a.sql']],
  ['sql/*/x.sql', ['sql/a/x.sql', 'sql/b/x.sql']],
  ['sql/.h*.sql', ['sql/.hidden.sql']],
  ['sql/none.sql', ['sql/none.sql']],
  ['sql/none*.sql', []],
  ['sql/[0-9]*.sql', ['sql/10.sql', 'sql/9.sql']],
  ['sql/[!0-9a]*.sql', ['sql/B.sql']],
  ['sql/[ab]/x.sql', ['sql/a/x.sql', 'sql/b/x.sql']],
  ['sql/[1].txt', ['sql/1.txt', 'sql/[1].txt']],
  ['sql/[-1].txt', ['sql/-.txt', 'sql/1.txt']],
])('%s names files in the order of their bytes', async (pattern, names) => {
  expect(await findFiles(folder, pattern)).toEqual({ files: names.map((name) => join(folder, name)) })
  // Below a wildcard, what is not there is passed over.
  if (pattern === 'sql/none.sql') return
  const absolute = await findFiles('/', join(folder.replace('[a]*', '[[]a]?'), pattern))
  expect(absolute).toEqual({ files: names.map((name) => join(folder, name)) })
})

test('a folder that is not there is named', async () => {
  expect(await findFiles(folder, 'away/*.sql')).toEqual({ missing: join(folder, 'away') })
})
