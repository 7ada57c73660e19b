import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { codeBlocks, readDocument } from '../support/documents.ts'
import { REPOSITORY } from '../support/pack.ts'
import { runProgram } from '../support/run-program.ts'
import { runSync } from '../support/run-sync.ts'
import { type ShellCommand, serveShellCommand } from '../support/shell-command.ts'

const SCHEMA =
  'CREATE TABLE users (id int PRIMARY KEY, email text); CREATE TABLE orders (id int PRIMARY KEY);'
const ROWS = 'INSERT INTO users VALUES (1); INSERT INTO orders SELECT generate_series(1, 100)'

let pair: DatabasePair
let folder: string
let command: ShellCommand

beforeEach(async () => {
  pair = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}`, targetSql: SCHEMA })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-docs-'))
  command = await serveShellCommand(folder)
})
afterEach(async () => {
  await command.close()
  rmSync(folder, { recursive: true })
  await pair.drop()
})

/** Blocks in `sh` are for a folder of their own with both variables set; what needs ssh, Docker or root is in `console`. */
const PAGES = ['README', 'docs/GETTING-STARTED', 'docs/DEPLOYMENT', 'docs/OPERATION', 'docs/MONITORING']
  .map((page) => `${page}.md`)
  .filter((page) => codeBlocks(readDocument(page), 'sh').length > 0)

test.each(PAGES)('what %s tells to type works, from its first line to its last', async (path) => {
  // What everybody reads first is tried with the binary.
  if (path === 'README.md') useBinary()
  const env = {
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    // Each line is for a terminal, where it would ask.
    MBSYNC_YES: '1',
  }
  for (const block of [
    'mbsync sync --quiet --log-file mbsync.log',
    ...codeBlocks(readDocument(path), 'sh'),
  ]) {
    const { exitCode, output } = await runProgram('bash', ['-euc', block], { cwd: folder, env })
    expect(exitCode, `${block}\n${output}`).toBe(0)
  }
})

/** Each block finds a target that a run has just changed. */
test('what the pages of the command line have to type works, from its first line to its last', async () => {
  const env = {
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
  }
  const pages = ['CLI-RUNS', 'CLI', 'CLI-DUMPS', 'CLI-SEARCH']
  const blocks = pages.flatMap((page) => codeBlocks(readDocument(`docs/${page}.md`), 'sh'))
  expect(blocks.length).toBeGreaterThan(7)
  const inThisProcess = readFileSync(join(folder, 'mbsync'))
  for (const block of blocks) {
    // Files are read and written in the working directory, which only a process of its own has.
    if (/ --(output|single-file|html|sql) | import | dumps /.test(block)) useBinary()
    else writeFileSync(join(folder, 'mbsync'), inThisProcess)
    await pair.source.client.query(`INSERT INTO orders SELECT max(id) + 1 FROM orders`)
    await runSync(pair)
    const { exitCode, output } = await runProgram('bash', ['-euc', block], { cwd: folder, env })
    expect(exitCode, `${block}\n${output}`).toBe(0)
  }
})

function useBinary(): void {
  const program = `#!/bin/sh\nexec '${process.execPath}' '${REPOSITORY}/bin/mbsync.js' "$@"\n`
  writeFileSync(join(folder, 'mbsync'), program, { mode: 0o755 })
}

test('the SQL in docs/MONITORING.md asks for what is there', async () => {
  const env = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url }
  const run = await runProgram(join(folder, 'mbsync'), ['sync', '--quiet'], { cwd: folder, env })
  expect(run.exitCode, run.output).toBe(0)
  const blocks = codeBlocks(readDocument('docs/MONITORING.md'), 'sql')
  expect(blocks.length).toBeGreaterThan(0)
  for (const block of blocks) await pair.target.client.query(block)
})
