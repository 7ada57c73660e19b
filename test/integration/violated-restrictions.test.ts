import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeManifest, encodeManifest } from '../../src/dump/manifest-text.ts'
import { readContent } from '../support/database-content.ts'
import { createDatabasePair } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { runSync } from '../support/run-sync.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

const SECRET = '4711'
const TYPES = 'CREATE DOMAIN d AS int;'
const TABLE = 'CREATE TABLE t (id int PRIMARY KEY, v int, w d, r int4range);'
const PARENT = 'CREATE TABLE parent (id int PRIMARY KEY);'

describe.each(WRITING_MODES)('for %s', (mode) => {
  test.each([
    [
      'a check',
      'ALTER TABLE t ADD CONSTRAINT small CHECK (v < 100)',
      'public.t: a row of the source violates "small" CHECK ((v < 100)) of the target; the source has no such constraint',
    ],
    [
      'a unique constraint',
      'ALTER TABLE t ADD CONSTRAINT one UNIQUE (v)',
      'public.t: a row of the source violates "one" UNIQUE (v) of the target; the source has no such constraint',
    ],
    [
      'a unique index over an expression',
      'CREATE UNIQUE INDEX one ON t ((v * 2)) WHERE v > 0',
      'public.t: a row of the source violates "one" UNIQUE (((v * 2))) WHERE (v > 0) of the target; the source has no such constraint',
    ],
    [
      'an exclusion constraint',
      'ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&)',
      'public.t: a row of the source violates "apart" EXCLUDE USING gist (r WITH &&) of the target; the source has no such constraint',
    ],
    [
      'a check of a domain',
      'ALTER DOMAIN d ADD CONSTRAINT small CHECK (VALUE < 100)',
      'public.d: a row of the source violates "small" CHECK ((VALUE < 100)) of type public.d of the target; the source has no such constraint',
    ],
  ])('%s that only the target has is named when rows violate it', async (_, sql, message) => {
    const pair = await createDatabasePair({
      sourceSql: `${TYPES} ${TABLE} INSERT INTO t VALUES (1, ${SECRET}, ${SECRET}, '[1,9)'), (2, ${SECRET}, 1, '[2,3)')`,
      targetSql: `${TYPES} ${TABLE} ${sql}; INSERT INTO t VALUES (9, 9, 9, '[90,91)')`,
    })
    const to = await targetFor(pair, mode)
    const before = await readContent(pair.target.client)
    const failure = await runSync(pair, { profile: { to } }).catch((error: Error) => error)
    expect(failure).toMatchObject({ exitCode: 1, message })
    expect(JSON.stringify(failure)).not.toContain(SECRET)
    expect(await readContent(pair.target.client)).toEqual(before)
    await pair.drop()
  })
})

test('a foreign key that only the target has is named when PostgreSQL checks it', async () => {
  const child = (key: string) => `${PARENT} CREATE TABLE t (id int PRIMARY KEY, p int ${key});`
  const pair = await createDatabasePair({
    sourceSql: `${child('')} INSERT INTO t VALUES (1, ${SECRET})`,
    targetSql: child('CONSTRAINT t_parent REFERENCES parent'),
  })
  const to = await targetFor(pair, 'a plain owner')
  await expect(runSync(pair, { profile: { to } })).rejects.toMatchObject({
    exitCode: 1,
    message:
      'public.t: a row of the source violates "t_parent" FOREIGN KEY (p) REFERENCES public.parent(id) of the target; the source does not guarantee it',
  })
  await pair.drop()
})

test('a condition of the parent is to blame where the source has the same foreign key', async () => {
  const both = `${PARENT} CREATE TABLE t (id int PRIMARY KEY, p int CONSTRAINT t_parent REFERENCES parent);`
  const pair = await createDatabasePair({
    sourceSql: `${both} INSERT INTO parent VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 2)`,
    targetSql: both,
  })
  const to = await targetFor(pair, 'a plain owner')
  const where = [{ table: { schema: 'public', name: 'parent' }, condition: 'id > 1' }]
  await expect(runSync(pair, { profile: { to, where } })).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('the `where` of public.parent leaves out rows that it refers to'),
    hint: expect.stringContaining("Leave these rows out, too: where: { 'public.t':"),
  })
  await pair.drop()
})

test('a dump says what its rows meet, and one of an earlier version says nothing of it', async () => {
  const source = `${TYPES} ${TABLE} ALTER TABLE t ADD CHECK (v > 0);`
  const pair = await createDatabasePair({
    sourceSql: `${source} INSERT INTO t VALUES (1, ${SECRET})`,
    targetSql: `${source} ALTER TABLE t ADD CONSTRAINT small CHECK (v < 9999); ALTER DOMAIN d ADD CONSTRAINT above CHECK (VALUE > 0)`,
  })
  const folder = await mkdtemp(join(tmpdir(), 'mbsync-'))
  const dump = join(folder, 'dump')
  const manifest = join(dump, 'manifest.json')
  await runExport(pair, dump)
  const rules = async () =>
    (await runImport(pair, dump)).notes.filter(({ message }) => message.startsWith('only the target has'))
  expect((await rules()).map(({ subject }) => subject).sort()).toEqual(['public.t', 'type public.d'])
  const { restrictions: _, ...earlier } = decodeManifest(await readFile(manifest), manifest)
  await writeFile(manifest, encodeManifest(earlier))
  expect(await rules()).toEqual([])
  await pair.target.client.query(
    'DELETE FROM public.t; ALTER TABLE public.t ADD CONSTRAINT tiny CHECK (v < 9)',
  )
  await expect(runImport(pair, dump)).rejects.toMatchObject({
    exitCode: 1,
    message:
      'public.t: a row of the source violates "tiny" of the target; the dump does not say whether its source had it',
  })
  await rm(folder, { recursive: true })
  await pair.drop()
})
