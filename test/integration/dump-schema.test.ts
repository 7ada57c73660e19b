import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectSameContent, readSequences } from '../support/database-content.ts'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { editManifest, editScript } from '../support/edit-dump.ts'
import { runExport, runImport, scriptsOf } from '../support/run-dump.ts'
import { hasProgram } from '../support/run-program.ts'
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

async function statements(url: string): Promise<string[]> {
  const { objects } = await schemaOf(url)
  return objects.flatMap(({ create, describe }) => [...create, ...describe])
}
