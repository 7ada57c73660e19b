import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RefusedError } from '../../src/core/errors.ts'
import { listDumps } from '../../src/dump/list-dumps.ts'
import { verifyDumps } from '../../src/jobs/verify-dumps.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { commentOf, editFile, editManifest, editScript, joinDump, sealed } from '../support/edit-dump.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { runMbsync } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int, body text); CREATE SEQUENCE counter'
const ROWS = '1\tone\n2\ttwo\n'
const COMMAND = '\\! touch pwned\n'
const WATCH = { signal: new AbortController().signal, report: () => undefined }

describe('a dump whose author is not to be trusted', () => {
  let pair: DatabasePair
  let folder: string
  let before: Awaited<ReturnType<typeof readContent>>
  let copies = 0

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-hostile-'))
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA}; INSERT INTO item VALUES (1, 'one'), (2, 'two')`,
      targetSql: `${SCHEMA}; INSERT INTO item VALUES (1, 'as it was')`,
    })
    await runExport(pair, join(folder, 'whole'))
    before = await readContent(pair.target.client)
  })
  afterAll(async () => {
    await pair?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  function copyOfDump(): string {
    copies += 1
    const copy = join(folder, `copy-${copies}`)
    cpSync(join(folder, 'whole'), copy, { recursive: true })
    return copy
  }

  async function expectRefusal(dump: string, message: RegExp): Promise<void> {
    const error: unknown = await runImport(pair, dump).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RefusedError)
    expect(String(error)).toMatch(message)
    expect(String(error).length).toBeLessThan(500)
    const { dumps } = await verifyDumps(dump, { jobs: 1 }, WATCH)
    expect(dumps).toMatchObject([{ state: 'damaged', problem: expect.stringMatching(message) }])
    expect(await readContent(pair.target.client)).toEqual(before)
  }

  const NOT_THE_SCRIPT = /is not the script that its manifest describes/
  const rowsOf = (rows: string) => ({ rows: rows.split('\n').length - 1, rowsBytes: Buffer.byteLength(rows) })
  const withRows = (dump: string, rows: string) =>
    editScript(dump, /item/, (script) => script.replace(ROWS, () => rows), rowsOf(rows))

  test.each<readonly [what: string, attack: (dump: string) => void, message: RegExp]>([
    [
      'an end-of-data marker among the rows, and a command',
      (dump) => withRows(dump, `1\tone\n\\.\n${COMMAND}`),
      /item\.sql\.gz holds an end-of-data marker \(\\\.\) among its rows/,
    ],
    ['an end-of-data marker within a row', (dump) => withRows(dump, '1\to\\.ne\n'), /an end-of-data marker/],
    ['a carriage return among the rows', (dump) => withRows(dump, '1\to\rne\n'), /a carriage return/],
    ['a NUL byte among the rows', (dump) => withRows(dump, '1\to\0ne\n'), /a NUL byte/],
    ['a row that is cut short', (dump) => withRows(dump, '1\tone\n2\ttwo'), /a row that is cut short|1 rows/],
    [
      'a command before the rows',
      (dump) => {
        const { length } = COMMAND
        const { files } = JSON.parse(readFileSync(join(dump, 'manifest.json'), 'utf8'))
        const change = (script: string) => script.replace('SET lock_timeout', `${COMMAND}SET lock_timeout`)
        editScript(dump, /item/, change, { rowsStart: files[0].rowsStart + length })
      },
      NOT_THE_SCRIPT,
    ],
    [
      'a command instead of a comment of the same length',
      (dump) =>
        editScript(dump, /item/, (script) => {
          const end = script.indexOf('\n')
          return `\\! touch pwned`.padEnd(end, ' ') + script.slice(end)
        }),
      NOT_THE_SCRIPT,
    ],
    [
      'a command after the rows',
      (dump) => editScript(dump, /item/, (script) => script + COMMAND),
      NOT_THE_SCRIPT,
    ],
    [
      'SQL among the sequences',
      (dump) =>
        editScript(dump, /sequences/, (script) => script.replace('-- seq', 'DROP TABLE item; -- seq')),
      NOT_THE_SCRIPT,
    ],
    [
      'SQL instead of where a sequence stands',
      (dump) =>
        editManifest(dump, ({ sequences }) => (sequences[0].lastValue = '1, true); DROP TABLE item; --')),
      /not valid at sequences\.0\.lastValue/,
    ],
    [
      'a script after the end of a gzip member, where zlib stops reading',
      (dump) =>
        editFile(dump, /item/, (script) =>
          Buffer.concat([gzipSync(script), Buffer.alloc(1), gzipSync(COMMAND)]),
        ),
      /holds bytes after its end/,
    ],
    [
      'another restriction key in its scripts than in its manifest',
      (dump) => editManifest(dump, (manifest) => (manifest.restrictKey = 'a'.repeat(64))),
      NOT_THE_SCRIPT,
    ],
    [
      'a restriction key with a command in it',
      (dump) =>
        editManifest(dump, (manifest) => (manifest.restrictKey = `${'a'.repeat(64)}\n\\! touch pwned`)),
      /not valid at restrictKey/,
    ],
    [
      "tables of mbsync's own",
      (dump) =>
        editManifest(dump, ({ tables, files }) => {
          for (const name of [tables[0], files[0].table])
            Object.assign(name, { schema: 'mbsync', name: 'runs' })
        }),
      /mbsync\.runs is never part of a dump/,
    ],
    [
      'tables of the system',
      (dump) =>
        editManifest(dump, ({ tables, files }) => {
          for (const name of [tables[0], files[0].table])
            Object.assign(name, { schema: 'pg_catalog', name: 'pg_authid' })
        }),
      /pg_catalog\.pg_authid is never part of a dump/,
    ],
    [
      'a name with a NUL byte',
      (dump) => editManifest(dump, ({ tables }) => (tables[0].name = 'a\0b')),
      /not valid at tables\.0\.name/,
    ],
    [
      'a file without bytes',
      (dump) => editManifest(dump, ({ files }) => (files[0].bytes = 0)),
      /not valid at files\.0\.bytes/,
    ],
    [
      'data as a link to a folder',
      (dump) => {
        renameSync(join(dump, 'data'), `${dump}-elsewhere`)
        symlinkSync(`${dump}-elsewhere`, join(dump, 'data'))
      },
      /holds data, which is not a plain folder/,
    ],
    ...(['link', 'pipe', 'folder'] as const).map(
      (kind) =>
        [
          `a ${kind} instead of a file`,
          (dump: string) => putInPlace(kind, join(dump, 'data', '0001_public.item.sql.gz')),
          /0001_public\.item\.sql\.gz, which is not a plain file/,
        ] as const,
    ),
    ...(['link', 'pipe', 'folder'] as const).map(
      (kind) =>
        [
          `a ${kind} instead of the manifest`,
          (dump: string) => putInPlace(kind, join(dump, 'manifest.json')),
          /has no manifest\.json/,
        ] as const,
    ),
  ])('%s is refused by import and by verify, and the target is as it was', async (_, attack, message) => {
    const dump = copyOfDump()
    attack(dump)
    await expectRefusal(dump, message)
  })

  test.each<readonly [what: string, write: (dump: string, file: string) => void, message: RegExp]>([
    [
      'a command between its scripts',
      (dump, file) => joinDump(dump, file, { between: COMMAND }),
      /holds more than its manifest says/,
    ],
    [
      'a command as its first line',
      (dump, file) =>
        joinDump(dump, file, { comment: (text) => COMMAND + commentOf(text).replace(/^.*\n/, '') }),
      /is not a dump of mbsync/,
    ],
    [
      'a command where a comment begins',
      (dump, file) =>
        joinDump(dump, file, {
          comment: (text) => commentOf(text).replace('--   "format"', '\\!   "format"'),
        }),
      /is not a dump of mbsync/,
    ],
    [
      'a carriage return in a comment',
      (dump, file) =>
        joinDump(dump, file, { comment: (text) => commentOf(text.replace('\n  "format"', '\n\r "format"')) }),
      /is not a dump of mbsync/,
    ],
    [
      'a command after the comments',
      (dump, file) => joinDump(dump, file, { comment: (text) => commentOf(text) + COMMAND }),
      /holds more than its manifest says/,
    ],
    [
      'an end-of-data marker among its rows',
      (dump, file) => {
        withRows(dump, `1\tone\n\\.\n${COMMAND}`)
        joinDump(dump, file)
      },
      /an end-of-data marker/,
    ],
    [
      'a comment without end',
      (_, file) => {
        const line = `-- ${'x'.repeat(1_000_000)}\n`
        const first = '-- mbsync dump: gunzip -c this-file | psql restores it\n'
        writeFileSync(file, gzipSync(first + line.repeat(180), { level: 1 }))
      },
      /is not a dump of mbsync/,
    ],
  ])('a single file with %s is refused, too', async (_, write, message) => {
    const dump = copyOfDump()
    const file = `${dump}.sql.gz`
    write(dump, file)
    await expectRefusal(file, message)
  })

  test.each<readonly [what: string, write: (path: string) => void, message: RegExp]>([
    [
      'of 200 MB',
      (path) => writeFileSync(path, `{"a":"${'x'.repeat(200_000_000)}"}`),
      /manifest that is far too large/,
    ],
    [
      'of more values than any dump has',
      (path) => writeFileSync(path, `{"tables":[${'{},'.repeat(8_000_000)}{}]}`),
      /the manifest is far too large/,
    ],
    [
      'with a million mistakes',
      (path) =>
        writeFileSync(
          path,
          sealed({
            format: 'mbsync dump',
            formatVersion: 1,
            tables: Array.from({ length: 1_000_000 }, () => 0),
          }),
        ),
      /the manifest is not valid at/,
    ],
  ])('a manifest %s ends the binary in little memory, with a short message', async (_, write, message) => {
    const dump = copyOfDump()
    write(join(dump, 'manifest.json'))
    const { exitCode, stderr } = await runMbsync(['import', dump, '--to', pair.target.url], {
      env: { NODE_OPTIONS: '--max-old-space-size=300' },
    })
    expect(stderr).toMatch(message)
    expect(stderr.length).toBeLessThan(1000)
    expect(exitCode).toBe(3)
  })

  test('a pipe that names the writer of an unfinished dump does not hold up a list of dumps', async () => {
    const dumps = join(folder, 'dumps')
    mkdirSync(join(dumps, 'x.partial'), { recursive: true })
    putInPlace('pipe', join(dumps, 'x.partial', 'writer.json'))
    expect(await listDumps(dumps)).toEqual({ folder: dumps, dumps: [] })
  })

  test('a dump of an earlier version, without restriction, is imported as ever', async () => {
    const dump = copyOfDump()
    for (const matching of [/item/, /sequences/]) editScript(dump, matching, withoutRestriction)
    editManifest(dump, (manifest) => {
      delete manifest.restrictKey
      delete manifest.openingVersion
      delete manifest.schema
      manifest.formatVersion = 1
      const [file] = manifest.files
      const script = gunzipSync(readFileSync(join(dump, file.path)))
      file.rowsStart = script.indexOf(ROWS)
    })
    rmSync(join(dump, 'schema'), { recursive: true })
    const other = await createDatabasePair({ targetSql: SCHEMA })
    try {
      await runImport(other, dump)
      await expectSameContent(pair.source.client, other.target.client)
    } finally {
      await other.drop()
    }
  })
})

function withoutRestriction(script: string): string {
  return script
    .replace('\\set ON_ERROR_STOP on\n', '')
    .replace(/\\set mbsync_knows[\s\S]*?-- \*\/\n/, '')
    .replace(/:mbsync_optional\n\\unrestrict .*\n-- \*\/\n/, '')
}

function putInPlace(kind: 'link' | 'pipe' | 'folder', path: string): void {
  rmSync(path, { force: true })
  if (kind === 'link') symlinkSync('/dev/zero', path)
  if (kind === 'pipe') execFileSync('mkfifo', [path])
  if (kind === 'folder') mkdirSync(path)
}
