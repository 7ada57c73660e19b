import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allFiles } from '../../src/dump/all-files.ts'
import { verifyDumps } from '../../src/jobs/verify-dumps.ts'
import { hostileParts } from '../fixtures/hostile/hostile-parts.ts'
import {
  HOSTILE_SCRIPT_PINS,
  hostileSourceSql,
  hostileTargetSql,
} from '../fixtures/hostile/hostile-scripts.ts'
import { hostileSettingsSql } from '../fixtures/hostile/hostile-settings.ts'
import { expectSameContent, readSequences } from '../support/database-content.ts'
import {
  createDatabasePair,
  type DatabasePair,
  freezeAsTemplate,
  type TestDatabase,
} from '../support/databases.ts'
import { editManifest } from '../support/edit-dump.ts'
import { runExport, runImport, scriptsOf, WATCH } from '../support/run-dump.ts'
import { runScripts } from '../support/run-script.ts'

describe('a dump of the hostile database', () => {
  let pair: DatabasePair
  let folder: string
  let dropTemplate: (() => Promise<void>) | undefined
  let template: { readonly source: string; readonly target: string }

  const asFolder = () => join(folder, 'folder')
  const asFile = () => join(folder, 'single.sql.gz')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-dumps-'))
    pair = await createDatabasePair()
    for (const part of hostileParts) {
      await pair.source.client.query(hostileSourceSql(part))
      await pair.target.client.query(hostileTargetSql(part))
    }
    await pair.source.client.query(hostileSettingsSql(pair.source.name))
    await pair.target.client.query(hostileSettingsSql(pair.target.name))
    await runExport(pair, asFolder())
    await runExport(pair, asFile(), { isSingleFile: true, hasSchema: false })
    const empty = await createDatabasePair({ targetSql: EMPTY_SCHEMAS })
    template = await freezeAsTemplate(empty)
    dropTemplate = empty.drop
  })
  afterAll(async () => {
    await pair?.drop()
    await dropTemplate?.()
    rmSync(folder, { recursive: true, force: true })
  })

  async function expectArrival({ client }: TestDatabase): Promise<void> {
    await expectSameContent(pair.source.client, client)
    expect(await readSequences(client)).toMatchObject(await readSequences(pair.source.client))
  }

  async function intoEmptyTarget(restore: (empty: DatabasePair) => Promise<unknown>): Promise<void> {
    const empty = await createDatabasePair({ template })
    try {
      await restore(empty)
      await expectArrival(empty.target)
    } finally {
      await empty.drop()
    }
  }

  test('as a folder arrives identical in a target with other rows', async () => {
    const result = await runImport(pair, asFolder())
    expect(result.warnings).toEqual([])
    await expectArrival(pair.target)
  })

  test('as a single file arrives identical in a target without rows', async () => {
    await intoEmptyTarget((empty) => runImport(empty, asFile()))
  })

  test.each([
    ['a folder', asFolder],
    ['a single file', asFile],
  ])(
    'as %s is restored by psql alone',
    async (_, dump) => {
      await intoEmptyTarget(async ({ target }) => {
        await target.client.query(CALM)
        await runScripts(target, scriptsOf(dump()))
      })
    },
    300_000,
  )
})

const ZSTD = { method: 'zstd', level: 3 } as const
const hasZstd = 'createZstdCompress' in zlib

describe('a dump with zstd', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-dumps-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const schema = 'CREATE TABLE t (id int PRIMARY KEY, name text); CREATE SEQUENCE s;'
  const rows = `INSERT INTO t SELECT i, repeat('name ' || i, 20) FROM generate_series(1, 5000) i; SELECT setval('s', 7)`

  test.runIf(hasZstd)(
    'arrives identical, as a folder and as a single file, and shows its damages',
    async () => {
      const pair = await createDatabasePair({ sourceSql: schema + rows, targetSql: schema })
      try {
        const [dump, file] = [join(folder, 'whole'), join(folder, 'whole.sql.zst')]
        await runExport(pair, dump, { compression: ZSTD })
        await runExport(pair, file, { compression: { ...ZSTD, level: 19 }, isSingleFile: true })
        for (const path of [dump, file]) {
          await pair.target.client.query('TRUNCATE public.t')
          expect((await verifyDumps(path, { jobs: 2 }, WATCH)).dumps).toMatchObject([{ state: 'complete' }])
          await runImport(pair, path)
          await expectSameContent(pair.source.client, pair.target.client)
        }
        const data = join(dump, 'data', '0001_public.t.sql.zst')
        const bytes = readFileSync(data)
        for (const damaged of [bytes.fill(0, 40, 44), Buffer.concat([bytes, bytes]), bytes.subarray(1)]) {
          writeFileSync(data, damaged)
          editManifest(dump, ({ files }) => {
            const sha256 = createHash('sha256').update(damaged).digest('hex')
            Object.assign(files[0], { bytes: damaged.length, sha256 })
          })
          await expect(runImport(pair, dump)).rejects.toThrow(/not a whole zstd file|bytes after its end/)
        }
      } finally {
        await pair.drop()
      }
    },
  )

  test.skipIf(hasZstd)('is refused by a Node without zstd, to write and to read', async () => {
    const pair = await createDatabasePair({ sourceSql: schema + rows, targetSql: schema })
    try {
      const path = join(folder, 'dump')
      const refusal = /needs zstd, which Node .* does not have/
      await expect(runExport(pair, path, { compression: ZSTD })).rejects.toThrow(refusal)
      expect(readdirSync(folder)).toEqual([])
      await runExport(pair, path)
      editManifest(path, (manifest) => {
        manifest.formatVersion = 3
        manifest.compression = ZSTD
        for (const each of allFiles(manifest)) {
          const renamed = each.path.replace('.gz', '.zst')
          renameSync(join(path, each.path), join(path, renamed))
          each.path = renamed
        }
      })
      await expect(runImport(pair, path)).rejects.toThrow(refusal)
      await expect(verifyDumps(path, { jobs: 1 }, WATCH)).rejects.toThrow(refusal)
      const file = join(folder, 'single.sql.zst')
      writeFileSync(file, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))
      await expect(runImport(pair, file)).rejects.toThrow(refusal)
      expect((await pair.target.client.query('SELECT FROM public.t')).rowCount).toBe(0)
    } finally {
      await pair.drop()
    }
  })

  test('that contradicts its method is refused', async () => {
    const pair = await createDatabasePair({ sourceSql: schema, targetSql: schema })
    try {
      const path = join(folder, 'other')
      await runExport(pair, path)
      editManifest(path, (manifest) => Object.assign(manifest, { compression: ZSTD }))
      await expect(runImport(pair, path)).rejects.toThrow('no dump of its format version has zstd')
      editManifest(path, (manifest) => Object.assign(manifest, { formatVersion: 3 }))
      await expect(runImport(pair, path)).rejects.toThrow('is not named as a file of its compression')
    } finally {
      await pair.drop()
    }
  })
})

test('a large table that refers to itself is one file, which needs no superuser to restore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-dumps-'))
  const schema = `CREATE TABLE "Node" (id int PRIMARY KEY, parent int REFERENCES "Node", filler text);
    ALTER TABLE "Node" ALTER filler SET STORAGE EXTERNAL;`
  const rows = `INSERT INTO "Node" SELECT i, nullif(20001 - i, i), repeat('x', 4000) FROM generate_series(1, 20000) i;`
  const pair = await createDatabasePair({ sourceSql: schema + rows, targetSql: schema })
  try {
    const dump = join(folder, 'dump')
    const { tables } = await runExport(pair, dump)
    expect(tables).toMatchObject([{ name: 'Node', rows: 20_000 }])
    const scripts: string[] = []
    for await (const script of scriptsOf(dump)) scripts.push(script.toString())
    expect(scripts.filter((script) => script.includes('COPY "public"."Node"'))).toHaveLength(1)
    expect(scripts.some((script) => script.includes('session_replication_role'))).toBe(false)
  } finally {
    await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  }
})

const EMPTY_SCHEMAS = [HOSTILE_SCRIPT_PINS, ...hostileParts.map(({ schemaSql }) => schemaSql)].join('\n')

/** What psql cannot put aside by itself: triggers that fire in the replica role, and checks that the source's own rows violate. */
const CALM = `DO $$
  DECLARE statement text;
  BEGIN
    FOR statement IN
      SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger WHERE tgenabled IN ('A', 'R')
      UNION ALL
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
      WHERE contype = 'c' AND NOT convalidated AND conrelid <> 0
      UNION ALL
      SELECT format('ALTER DOMAIN %s DROP CONSTRAINT %I', contypid::regtype, conname) FROM pg_constraint
      WHERE contype = 'c' AND NOT convalidated AND contypid <> 0
    LOOP EXECUTE statement; END LOOP;
  END $$`
