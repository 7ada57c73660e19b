import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RefusedError } from '../../src/core/errors.ts'
import { readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE other (id int PRIMARY KEY);'

// biome-ignore lint/suspicious/noExplicitAny: tests break the manifest in ways that no type allows
type Manifest = any

describe('a dump that is not as it was written', () => {
  let pair: DatabasePair
  let folder: string
  let before: Awaited<ReturnType<typeof readContent>>
  let copies = 0

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-damage-'))
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} INSERT INTO item SELECT i, md5(i::text) FROM generate_series(1, 5000) i; INSERT INTO other VALUES (1)`,
      targetSql: `${SCHEMA} INSERT INTO item VALUES (1, 'as it was')`,
    })
    await runExport(pair, join(folder, 'whole'))
    await runExport(pair, join(folder, 'whole.sql.gz'), { isSingleFile: true })
    before = await readContent(pair.target.client)
  })
  afterAll(async () => {
    await pair?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  function copyOf(name: string): string {
    copies += 1
    const copy = join(folder, `copy-${copies}${name.endsWith('.gz') ? '.sql.gz' : ''}`)
    cpSync(join(folder, name), copy, { recursive: true })
    return copy
  }

  async function expectRefusal(dump: string, message: RegExp): Promise<void> {
    const error: unknown = await runImport(pair, dump).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RefusedError)
    expect(String(error)).toMatch(message)
    expect((error as RefusedError).hint).toBeTruthy()
    expect(await readContent(pair.target.client)).toEqual(before)
  }

  const itemFile = (dump: string) => {
    const name = readdirSync(join(dump, 'data')).find((file) => file.includes('item'))
    return join(dump, 'data', name ?? '')
  }
  const edit = (dump: string, change: (manifest: Manifest) => void, isSealed = true) => {
    const path = join(dump, 'manifest.json')
    const { sha256: _, ...manifest } = JSON.parse(readFileSync(path, 'utf8'))
    change(manifest)
    const sha256 = createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
    writeFileSync(path, JSON.stringify({ ...manifest, sha256: isSealed ? sha256 : _ }))
  }
  const replaceItems = (dump: string, bytes: Buffer) => {
    writeFileSync(itemFile(dump), bytes)
    edit(dump, ({ files }) => {
      const file = files.find(({ path }: { path: string }) => path.includes('item'))
      Object.assign(file, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    })
  }
  const flip = (path: string, from: (length: number) => number) => {
    const bytes = readFileSync(path)
    const at = from(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path, bytes)
  }

  const cases: readonly (readonly [name: string, damage: (dump: string) => void, message: RegExp])[] = [
    [
      'a flipped byte',
      (dump) => flip(itemFile(dump), (n) => n >> 1),
      /item.*(checksum|whole gzip file|unpacks)|whole gzip/,
    ],
    ['a flipped byte in the gzip header', (dump) => flip(itemFile(dump), () => 4), /checksum/],
    ['a truncated file', (dump) => truncateSync(itemFile(dump), 1000), /cut short or changed/],
    ['a missing file', (dump) => rmSync(itemFile(dump)), /lacks data\/.*item/],
    ['a missing folder', (dump) => rmSync(join(dump, 'data'), { recursive: true }), /lacks data\//],
    [
      'a file too many',
      (dump) => writeFileSync(join(dump, 'data', 'more.sql.gz'), ''),
      /more\.sql\.gz.*not in its manifest/,
    ],
    [
      'a strange file beside the manifest',
      (dump) => writeFileSync(join(dump, 'notes'), ''),
      /notes.*not in its manifest/,
    ],
    [
      'a link in place of a file',
      (dump) => {
        renameSync(itemFile(dump), join(folder, 'elsewhere'))
        symlinkSync(join(folder, 'elsewhere'), join(dump, 'data', '0001_public.item.sql.gz'))
      },
      /not a plain file/,
    ],
    [
      'an edited manifest',
      (dump) => edit(dump, (manifest) => (manifest.tables[0].rows += 1), false),
      /damaged or edited/,
    ],
    [
      'a manifest that does not add up',
      (dump) => edit(dump, (manifest) => (manifest.tables[0].rows += 1)),
      /do not add up/,
    ],
    [
      'a manifest with fewer rows',
      (dump) =>
        edit(dump, ({ tables, files }) => {
          tables[0].rows -= 1
          files[0].rows -= 1
        }),
      /holds \d+ rows instead of/,
    ],
    [
      'a path that leads out',
      (dump) => edit(dump, ({ files }) => (files[0].path = 'data/../../etc/x.sql.gz')),
      /not valid at files\.0\.path/,
    ],
    [
      'an absolute path',
      (dump) => edit(dump, ({ files }) => (files[0].path = '/etc/passwd')),
      /not valid at files\.0\.path/,
    ],
    [
      'two files of one name',
      (dump) => edit(dump, ({ files }) => (files[1].path = files[0].path)),
      /two files are named/,
    ],
    [
      'a manifest that is no JSON',
      (dump) => writeFileSync(join(dump, 'manifest.json'), '{'),
      /is not a JSON object/,
    ],
    [
      'a manifest that is nested without end',
      (dump) =>
        writeFileSync(
          join(dump, 'manifest.json'),
          `{"format":"mbsync dump","formatVersion":1,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
        ),
      /damaged or edited|is not a JSON object/,
    ],
    [
      'a manifest that is far too large',
      (dump) => truncateSync(join(dump, 'manifest.json'), 300_000_000),
      /far too large/,
    ],
    ['no manifest', (dump) => rmSync(join(dump, 'manifest.json')), /has no manifest\.json/],
    [
      'a newer format',
      (dump) => edit(dump, (manifest) => (manifest.formatVersion = 4)),
      /format version 4; this mbsync reads up to 3/,
    ],
    [
      'a gzip bomb',
      (dump) => replaceItems(dump, gzipSync(Buffer.alloc(50_000_000))),
      /unpacks to more than the \d+ bytes/,
    ],
    [
      'a size that no file can unpack to',
      (dump) => edit(dump, ({ files }) => (files[0].rawBytes = files[0].bytes * 2000)),
      /cannot hold as many bytes as it claims/,
    ],
    [
      'a file that is no gzip',
      (dump) => replaceItems(dump, Buffer.from('SELECT 1')),
      /cannot hold|not a whole gzip file/,
    ],
    [
      'rows of another table',
      (dump) => {
        const raw = `COPY "public"."other" ("id") FROM stdin;\n1\n\\.\n`
        const bytes = gzipSync(raw)
        writeFileSync(itemFile(dump), bytes)
        edit(dump, ({ files, tables }) => {
          const at = files.findIndex(({ path }: { path: string }) => path.includes('item'))
          const table = tables.find(({ name }: { name: string }) => name === 'item')
          Object.assign(table, { rows: 1, bytes: 2 })
          Object.assign(files[at], {
            bytes: bytes.length,
            rawBytes: raw.length,
            rowsStart: raw.indexOf('1\n'),
            rowsBytes: 2,
            rows: 1,
            sha256: createHash('sha256').update(bytes).digest('hex'),
          })
        })
      },
      /not the script that its manifest describes/,
    ],
  ]
  test.each(cases)('%s is refused, and the target is as it was', async (_, damage, message) => {
    const dump = copyOf('whole')
    damage(dump)
    await expectRefusal(dump, message)
  })

  test.each<readonly [string, (dump: string) => void, RegExp]>([
    ['a flipped byte', (dump) => flip(dump, (n) => n - 2000), /checksum|whole gzip file|unpacks/],
    ['a flipped byte in its manifest', (dump) => flip(dump, () => 200), /not a dump|manifest/],
    ['an end within its manifest', (dump) => truncateSync(dump, 500), /was cut short/],
    ['an end after its manifest', (dump) => truncateSync(dump, 3000), /was cut short/],
    ['an end that lacks three bytes', (dump) => truncateSync(dump, statSync(dump).size - 3), /was cut short/],
    [
      'itself a second time',
      (dump) => writeFileSync(dump, Buffer.concat([readFileSync(dump), readFileSync(dump)])),
      /holds more than its manifest says/,
    ],
    ['a tail', (dump) => appendFileSync(dump, 'more'), /holds more than its manifest says/],
    ['a byte more', (dump) => appendFileSync(dump, '\0'), /holds more than its manifest says/],
    ['other content', (dump) => writeFileSync(dump, gzipSync('SELECT 1;\n')), /is not a dump of mbsync/],
    ['no content', (dump) => writeFileSync(dump, ''), /is not a dump of mbsync/],
  ])('a single file with %s is refused, too', async (_, damage, message) => {
    const dump = copyOf('whole.sql.gz')
    damage(dump)
    await expectRefusal(dump, message)
  })

  test('an export that has not finished is no dump', async () => {
    const dump = copyOf('whole')
    renameSync(dump, `${dump}.partial`)
    await expectRefusal(`${dump}.partial`, /is an unfinished export/)
    await expectRefusal(dump, /There is no dump at/)
  })

  test('a dump of another schema is refused by the rules of sync', async () => {
    const other = await createDatabasePair({
      sourceSql: 'CREATE TABLE item (id bigint PRIMARY KEY, extra int)',
    })
    await runExport(other, join(folder, 'another'))
    await other.drop()
    const error = await runImport(pair, join(folder, 'another')).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RefusedError)
    expect((error as RefusedError).findings.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'column "extra" is missing in the target',
        'column "id" is bigint in the source and integer in the target',
      ]),
    )
    expect(await readContent(pair.target.client)).toEqual(before)
  })
})
