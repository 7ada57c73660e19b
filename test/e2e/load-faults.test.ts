import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'
import { readSchemaText } from '../support/schema-text.ts'
import { targetFor } from '../support/target-modes.ts'
import { startProxy } from '../support/tcp-proxy.ts'

const SCHEMA = `
  CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''a trigger has fired''; END';
  CREATE TABLE parent (id int PRIMARY KEY, code text NOT NULL CONSTRAINT "one code" UNIQUE, pad text);
  CREATE TABLE child (id serial CONSTRAINT child_key PRIMARY KEY, parent int NOT NULL CONSTRAINT "of parent" REFERENCES parent, body text);
  COMMENT ON CONSTRAINT "of parent" ON child IS 'one of them';
  CREATE INDEX child_body ON child (md5(body)); COMMENT ON INDEX child_body IS 'a comment';
  ALTER INDEX child_body ALTER COLUMN 1 SET STATISTICS 300;
  ALTER TABLE child CLUSTER ON child_body;`
const TRIGGER = `
  CREATE TRIGGER forbidden BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION forbid();
  ALTER TABLE child ENABLE ALWAYS TRIGGER forbidden;`
const ROWS = `
  INSERT INTO parent SELECT i, md5(i::text), repeat('x', 100) FROM generate_series(1, 10000) i;
  INSERT INTO child (parent, body) SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, 10000) i; ANALYZE;`

/**
 * Statements that begin a task of a load, or end one: a run stands still when the server has been asked for it. All up to the commit is one
 * transaction, so a few of them would show that a part of it was committed too early.
 */
const BOUNDARIES: readonly {
  readonly what: string
  readonly sent: RegExp
  readonly after?: RegExp
  readonly byOwner?: true
}[] = [
  { what: 'it locks the tables', sent: /LOCK TABLE/ },
  { what: 'a constraint is dropped', sent: /DROP CONSTRAINT "/, byOwner: true },
  { what: 'rows are copied', sent: /COPY "public"."child"/, byOwner: true },
  { what: 'a constraint is added', sent: /ADD CONSTRAINT "/, byOwner: true },
  { what: 'triggers are enabled', sent: /ENABLE ALWAYS TRIGGER/ },
  { what: 'it writes down what is loaded', sent: /INSERT INTO mbsync\.loads/ },
  {
    what: 'a transaction of tables commits',
    sent: /COMMIT/,
    after: /INSERT INTO mbsync\.loads/,
    byOwner: true,
  },
  { what: 'it writes down how the run ended', sent: /UPDATE mbsync\.runs SET status = 'succeeded'/ },
]

describe.each(['a superuser', 'a plain owner'] as const)('a load by %s that is killed', (mode) => {
  let pair: DatabasePair
  let targetUrl: string
  let schema: string[]
  let empty: Awaited<ReturnType<typeof readContent>>

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA + TRIGGER })
    targetUrl = (await targetFor(pair, mode)).url
    schema = await readSchemaText(pair.target.client)
    empty = await readContent(pair.target.client)
  })
  afterAll(() => pair?.drop())

  const env = (url: string) => ({ PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: url })

  // An owner takes foreign keys off as well, all in one transaction.
  test.each(BOUNDARIES.filter(({ byOwner }) => mode === 'a superuser' || byOwner === true))(
    'when $what leaves the tables empty and as they were, or the next run does',
    async ({ what, sent, after }) => {
      expect(new URL(targetUrl).hostname).toBe('127.0.0.1')
      const proxy = await startProxy(targetUrl)
      const stalled = proxy.stallAt(sent, after)
      const run = startMbsync(['sync', '--strategy', 'load'], { env: env(proxy.url) })
      const early = run.ended.then(({ stderr }) =>
        Promise.reject(new Error(`ended before ${what}: ${stderr}`)),
      )
      await Promise.race([stalled, early])
      early.catch(() => undefined)
      run.kill('SIGKILL')
      await run.ended
      await proxy.close()
      await untilLockIsFree()
      expect(await readSchemaText(pair.target.client)).toEqual(schema)
      const isCommitted = /COMMIT|UPDATE/.test(sent.source)
      if (!isCommitted) expect(await readContent(pair.target.client)).toEqual(empty)
      else {
        // There is no run that it could undo.
        const undone = await runHere(['rollback'], { env: env(targetUrl) })
        expect([undone.exitCode, undone.stderr]).toEqual([
          3,
          expect.stringContaining('did not finish: emptied'),
        ])
        expect(await readContent(pair.target.client)).toEqual(empty)
        const next = await runHere(['sync', '--strategy', 'load'], { env: env(targetUrl) })
        expect(next.exitCode, next.stderr).toBe(0)
        await expectSameContent(pair.source.client, pair.target.client)
        const back = await runHere(['rollback'], { env: env(targetUrl) })
        expect(back.exitCode, back.stderr).toBe(0)
        expect(await readContent(pair.target.client)).toEqual(empty)
        expect(await readSchemaText(pair.target.client)).toEqual(schema)
      }
      const { rows } = await pair.target.client.query('SELECT status FROM mbsync.runs ORDER BY id')
      expect(rows.map(({ status }) => status)).toContain(isCommitted ? 'abandoned' : 'running')
      await pair.target.client.query(
        'DELETE FROM mbsync.runs WHERE id NOT IN (SELECT run_id FROM mbsync.loads)',
      )
    },
    120_000,
  )

  test('when all is committed has done it', async () => {
    const proxy = await startProxy(targetUrl)
    const stalled = proxy.stallAt(/COMMIT/, /UPDATE mbsync\.runs SET status = 'succeeded'/)
    const run = startMbsync(['sync', '--strategy', 'load'], { env: env(proxy.url) })
    await stalled
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    await untilLockIsFree()
    await expectSameContent(pair.source.client, pair.target.client)
    const next = await runHere(['sync'], { env: env(targetUrl) })
    expect(next.exitCode, next.stderr).toBe(0)
    await expectSameContent(pair.source.client, pair.target.client)
    expect(await readSchemaText(pair.target.client)).toEqual(schema)
  })

  /** The sessions of the dead run have ended, and with them their transactions. */
  async function untilLockIsFree(): Promise<void> {
    const others = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync'`
    await expect.poll(async () => (await pair.target.client.query(others)).rows[0].n).toBe(0)
  }
})
