import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
import { runExport, runImport, scriptsOf } from '../support/run-dump.ts'
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
