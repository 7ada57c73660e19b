import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FailedError } from '../../src/core/errors.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runExport } from '../support/run-dump.ts'
import { runMbsync } from '../support/run-mbsync.ts'
import { runSync } from '../support/run-sync.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** Rows with xml travel as text, and those of two small tables together. */
const SCHEMA = 'CREATE TABLE one (x xml, v text); CREATE TABLE two (x xml); CREATE SEQUENCE counter'
const FILLER = 'M'.repeat(60)

/** A text of the same length as the filler, so that the messages of the protocol stay whole. */
const instead = (text: string) => [FILLER, text.padEnd(FILLER.length, 'p')] as const

describe('a source server, or a proxy before it, that sends what no server sends', () => {
  let pair: DatabasePair
  let through: DatabasePair
  let proxy: TcpProxy
  let folder: string
  let before: Awaited<ReturnType<typeof readContent>>

  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA}; INSERT INTO one (v) VALUES ('a'), ('${FILLER}'), ('z'); SELECT setval('counter', 1234567890123456789)`,
      targetSql: `${SCHEMA}; INSERT INTO one (v) VALUES ('as it was')`,
    })
    proxy = await startProxy(pair.source.url)
    through = { ...pair, source: { ...pair.source, url: proxy.url } }
    before = await readContent(pair.target.client)
  })
  afterAll(async () => {
    await proxy?.close()
    await pair?.drop()
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-hostile-'))
  })
  afterEach(() => {
    proxy.replace()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each<readonly [what: string, replacements: readonly (readonly [string, string])[], message: RegExp]>([
    [
      'an end-of-data marker and a command of psql',
      [instead('x\n\\.\n\\! touch pwned; #'), ['COPY 3\0', 'COPY 5\0']],
      /public\.one: production sent an end-of-data marker \(\\\.\), as no PostgreSQL server does/,
    ],
    [
      'an end-of-data marker at the end of a row, where older servers stop',
      [instead(`${'x'.repeat(58)}\\.`)],
      /an end-of-data marker/,
    ],
    ['an end-of-data marker with line breaks of Windows', [instead('x\n\\.\r\n\\! touch pwned')], /sent a/],
    ['a carriage return', [instead('x\ry')], /a carriage return/],
    ['a NUL byte', [instead('x\0y')], /a NUL byte/],
    ['rows that end early', [['z\n', 'zz']], /a row that is cut short/],
    [
      'fewer rows than it says',
      [['COPY 3\0', 'COPY 4\0']],
      /the source says that it sent 4 rows, and 3 arrived/,
    ],
  ])('%s: nothing gets into a dump or into the target', async (_, replacements, message) => {
    proxy.replace(...replacements)
    for (const run of [() => runExport(through, join(folder, 'dump')), () => runSync(through)]) {
      const error: unknown = await run().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(FailedError)
      expect(String(error)).toMatch(message)
    }
    expect(readdirSync(folder)).toEqual([])
    expect(await readContent(pair.target.client)).toEqual(before)
  })

  test('SQL instead of where a sequence stands does not get into a script', async () => {
    proxy.replace(['1234567890123456789', '1, true);\\! touch x'])
    const error: unknown = await runExport(through, join(folder, 'dump')).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FailedError)
    expect(String(error)).toMatch(/not valid at sequences\.0\.lastValue/)
    expect(readdirSync(folder)).toEqual([])
  })

  test('an honest server in the same place is read as ever', async () => {
    await runExport(through, join(folder, 'dump'))
    const other = await createDatabasePair({ targetSql: SCHEMA })
    try {
      await runSync({ ...other, source: through.source })
      await expectSameContent(pair.source.client, other.target.client)
    } finally {
      await other.drop()
    }
  })
})

test('rows in the binary form that are cut short, or fewer than the source says, do not arrive', async () => {
  const pair = await createDatabasePair({
    sourceSql: `CREATE TABLE one (v text); INSERT INTO one VALUES ('a'), ('${FILLER}'), ('z')`,
    targetSql: `CREATE TABLE one (v text); INSERT INTO one VALUES ('as it was')`,
  })
  const proxy = await startProxy(pair.source.url)
  const through = { ...pair, source: { ...pair.source, url: proxy.url } }
  try {
    const before = await readContent(pair.target.client)
    for (const replacements of [
      [['COPY 3\0', 'COPY 4\0']],
      // The length of a value says more than there is, and less.
      [[`\0\0\0\x3c${FILLER}`, `\0\0\0\x3d${FILLER}`]],
      [[`\0\0\0\x3c${FILLER}`, `\0\0\0\x3b${FILLER}`]],
    ] as const) {
      proxy.replace(...replacements)
      const error: unknown = await runSync(through).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(FailedError)
      expect(await readContent(pair.target.client)).toEqual(before)
    }
    proxy.replace()
    await runSync(through)
    await expectSameContent(pair.source.client, pair.target.client)
  } finally {
    await proxy.close()
    await pair.drop()
  }
})

test('a marker early in a large table ends the binary soon, and nothing is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-hostile-'))
  const pair = await createDatabasePair({
    sourceSql: `CREATE TABLE large (v text); INSERT INTO large VALUES ('${FILLER}');
      INSERT INTO large SELECT repeat(md5(i::text), 30) FROM generate_series(1, 100000) i`,
  })
  const proxy = await startProxy(pair.source.url)
  proxy.replace(instead('x\n\\.\n\\! touch pwned; #'))
  try {
    const { exitCode, stderr } = await runMbsync([
      'export',
      '--from',
      proxy.url,
      '--output',
      join(folder, 'dump'),
    ])
    expect(stderr).toMatch(/an end-of-data marker/)
    expect(stderr).not.toMatch(/ {4}at /)
    expect(exitCode).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  } finally {
    await proxy.close()
    await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  }
})
