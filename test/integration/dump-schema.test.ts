import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportDump } from '../../src/jobs/export.ts'
import { expectSameContent, readSequences } from '../support/database-content.ts'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { editManifest, editScript } from '../support/edit-dump.ts'
import { runExport, runImport, scriptsOf, WATCH } from '../support/run-dump.ts'
import { hasProgram } from '../support/run-program.ts'
import { profileOf } from '../support/run-sync.ts'
import { schemaOf } from '../support/schema-copy.ts'

const SOURCE = `
  CREATE SCHEMA shop;
  CREATE TYPE shop.mood AS ENUM ('good', 'b;ad');
  CREATE TABLE shop.a (id serial PRIMARY KEY, b int, feels shop.mood DEFAULT 'b;ad', "odd\\name" text);
  CREATE TABLE shop.b (id int PRIMARY KEY, a int NOT NULL REFERENCES shop.a);
  ALTER TABLE shop.a ADD FOREIGN KEY (b) REFERENCES shop.b;
  CREATE TABLE shop.tree (id int PRIMARY KEY, parent int REFERENCES shop.tree, body text);
  CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
  CREATE TRIGGER refuse BEFORE INSERT ON shop.tree FOR EACH ROW EXECUTE FUNCTION shop.refuse();
  CREATE MATERIALIZED VIEW shop.counted AS SELECT count(*) AS n FROM shop.tree;
  COMMENT ON TABLE shop.tree IS E'a line\\n\\\\! touch pwned\\n-- and more';
  INSERT INTO shop.a (id, "odd\\name") SELECT i, i FROM generate_series(1, 20) i;
  INSERT INTO shop.b SELECT i, i FROM generate_series(1, 20) i;
  UPDATE shop.a SET b = id;
  SELECT setval('shop.a_id_seq', 44);
  ALTER TABLE shop.tree DISABLE TRIGGER refuse;
  INSERT INTO shop.tree SELECT i, nullif(20 - i, i), 'x' FROM generate_series(1, 19) i;
  ALTER TABLE shop.tree ENABLE TRIGGER refuse;
  ALTER TABLE shop.tree ADD CONSTRAINT long CHECK (length(body) > 7) NOT VALID;
  REFRESH MATERIALIZED VIEW shop.counted;`

describe('a dump with its schema', () => {
  let pair: DatabasePair
  let folder: string
  const asFolder = () => join(folder, 'folder')
  const asFile = () => join(folder, 'single.sql.gz')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-dump-schema-'))
    pair = await createDatabasePair({ sourceSql: SOURCE })
    await runExport(pair, asFolder())
    await runExport(pair, asFile(), { isSingleFile: true })
  })
  afterAll(async () => {
    await pair?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A database without anything in it, and a plain owner of it. */
  async function intoNothing(restore: (empty: DatabasePair, url: string) => Promise<unknown>): Promise<void> {
    const empty = await createDatabasePair()
    try {
      const owner = await createRole(empty.target.url)
      await empty.target.client.query(`ALTER DATABASE ${empty.target.name} OWNER TO ${owner}`)
      await restore(empty, empty.target.urlFor(owner, owner))
      await expectSameContent(pair.source.client, empty.target.client)
      expect(await readSequences(empty.target.client)).toEqual(await readSequences(pair.source.client))
      expect(await statements(empty.target.url)).toEqual(await statements(pair.source.url))
      const { rows } = await empty.target.client.query('SELECT n::int FROM shop.counted')
      expect(rows).toEqual([{ n: 19 }])
    } finally {
      await empty.drop()
    }
  }

  test.skipIf(!hasProgram('psql')).each([
    ['a folder', asFolder],
    ['a single file', asFile],
  ])('as %s is restored by psql into nothing, by a plain owner', async (_, dump) => {
    await intoNothing(async (__, url) => {
      const scripts: Buffer[] = []
      for await (const script of scriptsOf(dump(), true)) scripts.push(script)
      const args = ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', url]
      const { status, stderr } = spawnSync('psql', args, { input: Buffer.concat(scripts), encoding: 'utf8' })
      expect(status, stderr).toBe(0)
    })
  })

  test('is imported into nothing, by a plain owner', async () => {
    await intoNothing(async (empty, url) => {
      const to = { name: 'staging', url, isProtected: false }
      const result = await runImport(empty, asFile(), { to })
      expect(Object.fromEntries(result.created)).toMatchObject({ schema: 1, type: 1, table: 3, trigger: 1 })
    })
  })

  test('is refused if its scripts are not those of its manifest, or it has no schema to create', async () => {
    const empty = await createDatabasePair()
    try {
      const dump = join(folder, 'changed')
      await runExport(pair, dump)
      editScript(dump, /pre-data/, (script) => `${script}SELECT 1;\n`)
      await expect(runImport(empty, dump)).rejects.toThrow(
        /pre-data\.sql\.gz is not the script that its manifest describes/,
      )
      editManifest(dump, (manifest) => {
        delete manifest.schema
      })
      rmSync(join(dump, 'schema'), { recursive: true })
      await expect(runImport(empty, dump)).rejects.toThrow(/is not the script that its manifest describes/)
      const rows = join(folder, 'rows')
      await runExport(pair, rows, { hasSchema: false })
      await expect(runImport(empty, rows)).rejects.toThrow(/Validation found 1 problem/)
      await expect(runImport(empty, rows, { createsSchema: true })).rejects.toThrow(/has no schema/)
    } finally {
      await empty.drop()
    }
  })

  test('of an earlier version, whose scripts set no search path, is imported as ever', async () => {
    const empty = await createDatabasePair()
    const dump = join(folder, 'earlier')
    await runExport(pair, dump)
    for (const section of [/pre-data/, /post-data/])
      editScript(dump, section, (script) =>
        script.replace(/^RESET search_path;\nSELECT [\s\S]*?, false\);\n/m, ''),
      )
    editManifest(dump, ({ schema }) => {
      schema.scriptVersion = 1
    })
    try {
      await runImport(empty, dump)
      await expectSameContent(pair.source.client, empty.target.client)
    } finally {
      await empty.drop()
    }
  })

  test('has only what its tables need, if they are some of all', async () => {
    const dump = join(folder, 'some')
    const { notes } = await runExport(pair, dump, { tables: ['shop.b'] })
    expect(notes).toContainEqual(expect.objectContaining({ subject: 'CONSTRAINT b_a_fkey ON shop.b' }))
    const empty = await createDatabasePair()
    try {
      const { created } = await runImport(empty, dump)
      expect(Object.fromEntries(created)).toEqual({ schema: 1, table: 1, constraint: 1 })
    } finally {
      await empty.drop()
    }
  })
})

const PSQL = ['-X', '-q']

/** What stands in the documentation for psql is `-1 -v ON_ERROR_STOP=1`; without it, errors must show, too. */
async function psqlPlainly(dump: string, url: string) {
  const scripts: Buffer[] = []
  for await (const script of scriptsOf(dump, true)) scripts.push(script)
  return spawnSync('psql', [...PSQL, url], { input: Buffer.concat(scripts), encoding: 'utf8' })
}

describe('what psql cannot restore', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-dump-psql-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.skipIf(!hasProgram('psql'))('ends it with an error: bytes that are no text', async () => {
    const encoding = { source: 'SQL_ASCII', target: 'UTF8' }
    const sourceSql = `CREATE TABLE t (v text); INSERT INTO t VALUES (E'\\xc3\\xa4')`
    const pair = await createDatabasePair({ encoding, sourceSql })
    try {
      const [valid, invalid] = [join(folder, 'valid.sql.gz'), join(folder, 'invalid.sql.gz')]
      await runExport(pair, valid, { isSingleFile: true })
      const restored = await psqlPlainly(valid, pair.target.url)
      expect(restored.status, restored.stderr).toBe(0)
      const values = async () => (await pair.target.client.query('SELECT v FROM public.t')).rows
      expect(await values()).toEqual([{ v: 'ä' }])
      await pair.source.client.query(`INSERT INTO t VALUES (E'\\xe4')`)
      await pair.target.client.query('DROP TABLE t')
      await runExport(pair, invalid, { isSingleFile: true })
      const refused = await psqlPlainly(invalid, pair.target.url)
      expect([refused.status, refused.stderr]).toEqual([3, expect.stringMatching(/invalid byte sequence/)])
      expect(await values()).toEqual([])
    } finally {
      await pair.drop()
    }
  })

  test('is named by the export: rows without their table, and rows without the row that they refer to', async () => {
    const pair = await createDatabasePair({ sourceSql: `${BASE_TYPE} ${FAMILY}` })
    const where = [
      { table: { schema: 'public', name: 'pa' }, condition: 'id <= 10' },
      { table: { schema: 'public', name: 'fits' }, condition: 'pa <= 10' },
      { table: { schema: 'public', name: 'tree' }, condition: 'id < 10' },
    ]
    try {
      const dump = join(folder, 'some')
      const { notes } = await exportDump(
        profileOf(pair, { where }),
        {
          output: dump,
          isSingleFile: false,
          compression: { method: 'gzip', level: 1 },
          tables: [],
          excluded: [],
        },
        WATCH,
      )
      const told = Object.fromEntries(
        notes.map(({ subject, message, hint }) => [subject, `${message} ${hint}`]),
      )
      expect(told['TABLE public.tb']).toMatch(/but its rows are.*psql cannot restore/)
      expect(told['CONSTRAINT ch_pa_fkey ON public.ch']).toMatch(
        /is not in the dump: rows refer to rows of public\.pa.*where: \{.*public\.ch/,
      )
      expect(told['CONSTRAINT tree_above_fkey ON public.tree']).toMatch(/rows refer to rows/)
      await runImport(pair, dump, { createsSchema: true, skipsUnsupported: true })
      const { rows } = await pair.target.client.query(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace",
      )
      expect(rows.map(({ conname }) => conname)).toEqual(['fits_pa_fkey'])
    } finally {
      await pair.drop()
    }
  })
})

/** A type of C that needs no library. */
const BASE_TYPE = `CREATE TYPE bt;
  CREATE FUNCTION bt_in(cstring) RETURNS bt LANGUAGE internal STRICT IMMUTABLE AS 'textin';
  CREATE FUNCTION bt_out(bt) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
  CREATE TYPE bt (input = bt_in, output = bt_out, like = text);
  CREATE TABLE tb (id int PRIMARY KEY, b bt); INSERT INTO tb VALUES (1, 'x');`
const FAMILY = `CREATE TABLE pa (id int PRIMARY KEY) PARTITION BY RANGE (id);
  CREATE TABLE pa_1 PARTITION OF pa FOR VALUES FROM (0) TO (8); CREATE TABLE pa_2 PARTITION OF pa DEFAULT;
  CREATE TABLE ch (id int PRIMARY KEY, pa int REFERENCES pa); CREATE TABLE fits (id int, pa int REFERENCES pa);
  CREATE TABLE tree (id int PRIMARY KEY, above int REFERENCES tree);
  INSERT INTO pa SELECT generate_series(1, 20); INSERT INTO ch SELECT id, id FROM pa; INSERT INTO fits SELECT id, id FROM pa;
  INSERT INTO tree SELECT id, 21 - id FROM pa;`

async function statements(url: string): Promise<string[]> {
  const { objects } = await schemaOf(url)
  return objects.flatMap(({ create, describe }) => [...create, ...describe])
}
