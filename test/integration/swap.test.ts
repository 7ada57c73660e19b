import { afterEach, describe, expect, inject, test } from 'vitest'
import { retrySwap } from '../../src/jobs/retry-swap.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser, connect, createRole, untilSettled } from '../support/databases.ts'
import { patternOf, profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { createSwapPair, poll, type SwapPair } from '../support/swapped.ts'

let pair: SwapPair
afterEach(() => pair?.drop())

const SOURCE = `
  CREATE TYPE state AS ENUM ('open', 'closed');
  CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, state state NOT NULL DEFAULT 'open');
  CREATE TABLE "Order" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES customer, body text);
  CREATE INDEX ON "Order" (md5(body));
  CREATE VIEW open_customers AS SELECT * FROM customer WHERE state = 'open';
  CREATE MATERIALIZED VIEW sums AS SELECT customer, count(*) AS orders FROM "Order" GROUP BY 1;
  INSERT INTO customer (name) SELECT 'name ' || i FROM generate_series(1, 500) i;
  INSERT INTO "Order" (customer, body) SELECT i % 500 + 1, repeat(md5(i::text), 8) FROM generate_series(1, 6000) i;
  REFRESH MATERIALIZED VIEW sums; ANALYZE;`

/** Production is ahead of it, and so is it of production. */
const TARGET = `
  CREATE TABLE customer (id serial PRIMARY KEY, name varchar(20), old_column int);
  CREATE TABLE only_here (id int); CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1';
  INSERT INTO customer (name) VALUES ('old');`

const ASKED = 'SELECT count(*)::int AS n, min(name) AS name FROM public.customer'
const OLD = JSON.stringify([{ n: 1, name: 'old' }])
const NEW = JSON.stringify([{ n: 500, name: 'name 1' }])

describe.each(['a superuser', 'a plain owner'] as const)('a swap by %s', (mode) => {
  test('makes the target what the source is, whatever it was, while it is read and written, and can be rolled back, again and again', async () => {
    pair = await createSwapPair(mode, { sourceSql: SOURCE, targetSql: TARGET })
    const { source, target, to } = pair
    const reader = await createRole(inject('targetUrl'))
    const owner = new URL(to.url).username
    await asSuperuser(target.url, (client) =>
      client.query(`ALTER DATABASE ${target.name} SET search_path = "$user", public, "Odd, one";
        ALTER DATABASE ${target.name} SET work_mem = '5MB'; ALTER DATABASE ${target.name} CONNECTION LIMIT 77;
        COMMENT ON DATABASE ${target.name} IS 'the team''s own';
        REVOKE TEMPORARY ON DATABASE ${target.name} FROM PUBLIC; GRANT CREATE ON DATABASE ${target.name} TO ${reader};
        GRANT SELECT ON customer TO ${reader}; GRANT USAGE ON SEQUENCE customer_id_seq TO ${reader};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${reader};
        REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC; GRANT EXECUTE ON FUNCTION pg_sleep(float8) TO ${reader};
        CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing`),
    )
    const profile = { to, strategy: 'swap' as const }
    const plan = await runPlan(pair, { profile })
    expect(plan.strategy).toEqual({ kind: 'swap', reason: 'chosen by the profile or --strategy' })
    expect(plan.creates.map(({ identity }) => identity)).toContain('TABLE public."Order"')
    expect(plan.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(await pair.beside()).toEqual([])

    const stop = poll(to.url, ASKED)
    const first = await runSync(pair, { profile })
    const seen = await stop()
    expect(seen.answers).toEqual([OLD, NEW])
    // Who is ended, and who has just connected to the old one by its name.
    expect(seen.problems.filter((code) => !['57P01', '3D000', 'ECONNRESET'].includes(code))).toEqual([])
    expect(first.previousDatabase).toBe(`${target.name}_mbsync_prev_1`)
    expect(first.notes.map(({ message }) => message).join()).toMatch(
      /1 function, 1 table, such as FUNCTION public.helper/,
    )
    const [isSuperuser, noted] = [mode === 'a superuser', first.notes.map((note) => note.subject)]
    expect(first.notes.map(({ message }) => message).join()).toMatch(
      /FOREIGN DATA WRAPPER nothing, SERVER elsewhere/,
    )
    expect(noted.includes('FUNCTION pg_sleep(double precision)')).toBe(!isSuperuser)
    const { warnings, tables } = first
    expect(warnings).toEqual([])
    expect(tables.find(({ table }) => table.name === 'Order')).toMatchObject({ inserted: 6000 })
    const now = await connect(target.url)
    await expectSameContent(source.client, now)
    expect((await now.query('SELECT count(*)::int AS n FROM public.sums')).rows).toEqual([{ n: 500 }])
    expect(await pair.ask('SHOW search_path')).toEqual([{ search_path: '"$user", public, "Odd, one"' }])
    expect(await pair.ask('SHOW work_mem')).toEqual([{ work_mem: '5MB' }])
    const { rows } = await now.query(`
      SELECT d.datconnlimit AS "limit", shobj_description(d.oid, 'pg_database') AS comment, has_database_privilege('${reader}', d.oid, 'CREATE') AS creates,
        has_database_privilege('${reader}', d.oid, 'CONNECT') AS connects, has_database_privilege('${reader}', d.oid, 'TEMPORARY') AS temporary,
        has_table_privilege('${reader}', 'public.customer', 'SELECT') AS reads, has_table_privilege('${reader}', 'public."Order"', 'SELECT') AS more,
        has_sequence_privilege('${reader}', 'public.customer_id_seq', 'USAGE') AS counts, has_function_privilege('${reader}', 'pg_sleep(float8)', 'EXECUTE') AS waits,
        has_function_privilege('pg_monitor', 'pg_sleep(float8)', 'EXECUTE') AS others, pg_get_userbyid(d.datdba) AS owner,
        (SELECT count(*)::int FROM pg_default_acl) AS defaults, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'customer') AS "ownerOfTable"
      FROM pg_database d WHERE datname = current_database()`)
    expect(rows).toEqual([
      {
        limit: 77,
        comment: "the team's own",
        creates: true,
        connects: true,
        temporary: false,
        reads: true,
        more: false,
        counts: true,
        waits: true,
        others: !isSuperuser,
        owner,
        defaults: 1,
        ownerOfTable: owner,
      },
    ])
    await now.end()

    await untilSettled(source.client)
    await source.client.query(
      `UPDATE public.customer SET name = 'changed' WHERE id = 7; DELETE FROM public."Order" WHERE id = 9`,
    )
    const next = await runSync(pair, { profile: { ...profile, strategy: 'auto' } })
    expect(next.runId).toBe(2)
    const written = next.tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
    expect(written.map(({ updated, deleted }) => [updated, deleted])).toEqual(
      expect.arrayContaining([
        [1, 0],
        [0, 1],
      ]),
    )
    expect(next.tables.every(({ inserted }) => inserted === 0)).toBe(true)
    await runRollback(pair, { profile })
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(NEW)

    const back = await runRollback(pair, { profile })
    expect(back).toMatchObject({ undoneRunId: 1, undoneDatabase: `${target.name}_mbsync_undone_1` })
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(OLD)
    await expect(runRollback(pair, { profile })).rejects.toThrow(/There is no run/)
    expect(await pair.beside()).toEqual(['_mbsync_undone_1'])

    // What has been done once is done again by a role of any kind.
    if (mode === 'a superuser') return
    const again = await runSync(pair, { profile })
    expect(await pair.beside()).toEqual([`_mbsync_prev_${again.runId}`])
    const third = await runSync(pair, { profile })
    expect(await pair.beside()).toEqual([`_mbsync_prev_${third.runId}`])
    const client = await connect(target.url)
    await expectSameContent(source.client, client)
    const runs = await client.query('SELECT id::int, status, exit_code FROM mbsync.runs ORDER BY id')
    expect(runs.rows.map(({ status, exit_code }) => [status, exit_code])).toEqual([
      ['rolled back', 0],
      ['rolled back', 0],
      ['succeeded', 0],
      ['succeeded', 0],
      ['succeeded', 0],
      ['succeeded', 0],
    ])
    await client.end()
    await runRollback(pair, { profile })
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(JSON.stringify([{ n: 500, name: 'changed' }]))
    await expect(runRollback(pair, { profile })).rejects.toThrow(/no longer exists/)
  })
})

describe('a swap', () => {
  test('is refused before anything is built where the target cannot be replaced', async () => {
    pair = await createSwapPair('a plain owner', { sourceSql: SOURCE, targetSql: TARGET })
    const { target, to } = pair
    const role = new URL(to.url).username
    const profile = { to, strategy: 'swap' as const }
    const admin = (sql: string) => asSuperuser(target.url, (client) => client.query(sql))
    const errors = async (rules = {}) =>
      (await runPlan(pair, { profile: { ...profile, ...rules } })).findings
        .filter(({ severity }) => severity === 'error')
        .map(({ subject, message }) => `${subject}: ${message}`)
    expect(await errors()).toEqual([])
    await admin(`CREATE TABLE configured (id int, own bool); INSERT INTO configured VALUES (1, true); GRANT SELECT ON configured TO ${role};
      UPDATE pg_extension SET extconfig = ARRAY['configured'::regclass::oid], extcondition = ARRAY['WHERE NOT own'] WHERE extname = 'plpgsql';
      ALTER EXTENSION plpgsql ADD TABLE configured`)
    const notes = async () =>
      (await runPlan(pair, { profile })).findings.flatMap(({ subject, message }) =>
        subject === 'public.configured' ? message : [],
      )
    expect(await notes()).toEqual([])
    await admin('INSERT INTO configured VALUES (2, false)')
    expect(await notes()).toEqual([
      expect.stringMatching(/belongs to extension plpgsql and has rows of users in the target/),
    ])
    await admin(`ALTER EXTENSION plpgsql DROP TABLE configured; DROP TABLE configured;
      UPDATE pg_extension SET extconfig = NULL, extcondition = NULL WHERE extname = 'plpgsql'`)
    const purging = {
      profile,
      purge: { takesUnknown: false, backups: { folder: '/nowhere', keepLast: 1, keepDays: 1 } },
    } as const
    expect((await runPlan(pair, purging)).findings).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        message: expect.stringMatching(/^--purge cannot be used/),
      }),
    )
    await admin(`ALTER ROLE ${role} NOCREATEDB; INSERT INTO only_here VALUES (1); SELECT lo_create(0);
      ALTER TABLE customer OWNER TO CURRENT_USER`)
    expect(await errors({ backup: 'dump' })).toEqual([
      'public.customer: column "old_column" may have values in the target, which the role may not read, and is not in the source: they would only be in the previous database',
      'public.only_here: has rows in the target that the run does not copy, and is not in the source: they would only be in the previous database',
      `staging: role "${role}" may not create databases, which a swap needs`,
      'staging: `backup` is dump, but a swap writes no dump: it keeps the previous database',
      'staging: the target has large objects, and the new database will have none',
      expect.stringMatching(
        /^staging: role ".*" cannot give objects to their owner .* may not become that role/,
      ),
    ])
    await expect(runSync(pair, { profile })).rejects.toThrow(/Validation found 5 problems/)
    await admin(`ALTER ROLE ${role} CREATEDB; DELETE FROM only_here; ALTER TABLE customer OWNER TO ${role}; SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
      CREATE SCHEMA theirs; ALTER DATABASE ${target.name} OWNER TO CURRENT_USER`)
    expect((await errors())[0]).toMatch(/does not own database/)
    await admin(`ALTER DATABASE ${target.name} OWNER TO ${role}; DROP SCHEMA theirs`)
    await asSuperuser(inject('targetUrl'), (client) =>
      client.query(`CREATE DATABASE ${target.name}_mbsync_prev_1`),
    )
    await expect(runSync(pair, { profile })).rejects.toThrow(/there is a database ".*_mbsync_prev_1" already/)
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(OLD)
    expect(await pair.beside()).toEqual(['_mbsync_prev_1'])
    // A run of another number needs another name, and leaves what is not mbsync's.
    const done = await runSync(pair, { profile })
    expect(await pair.beside()).toEqual(['_mbsync_prev_1', `_mbsync_prev_${done.runId}`])
  })

  test('that fails while it builds leaves the target, and nothing beside it', async () => {
    pair = await createSwapPair('a plain owner', { sourceSql: SOURCE, targetSql: TARGET })
    const { to } = pair
    const profile = { to, strategy: 'swap' as const }
    const controller = new AbortController()
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'part-finished') controller.abort(new Error('stopped'))
    }
    await expect(runSync(pair, { profile, onEvent, signal: controller.signal })).rejects.toThrow()
    expect(await pair.beside()).toEqual([])
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(OLD)
    let second: Promise<unknown> | undefined
    const whileLanding = (event: ProgressEvent) => {
      if (event.type === 'part-started')
        second ??= runSync(pair, { profile }).catch((error: unknown) => error)
    }
    await runSync(pair, { profile, onEvent: whileLanding })
    expect(await second).toMatchObject({ message: expect.stringMatching(/Another run holds the lock/) })
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(NEW)
  })

  test('that cannot end a session changes nothing, and is tried again without reading the source', async () => {
    pair = await createSwapPair('a plain owner', { sourceSql: SOURCE, targetSql: TARGET })
    const { target, to, source } = pair
    const profile = {
      to,
      strategy: 'swap' as const,
      swap: { keep: 1, locale: 'source' as const, switchMs: 300 },
    }
    const stranger = await connect(target.url)
    const stop = poll(to.url, ASKED)
    await expect(runSync(pair, { profile })).rejects.toThrow(/did not end in time, of "/)
    const seen = await stop()
    expect(seen.answers).toEqual([OLD])
    expect(seen.problems).toEqual([])
    expect(await pair.beside()).toEqual(['_mbsync_next_1'])
    const context = { signal: new AbortController().signal, report: () => undefined }
    await expect(retrySwap(profileOf(pair, profile), context)).rejects.toThrow(/did not end in time/)
    await stranger.end()
    await expect
      .poll(
        async () =>
          (
            await pair.ask(
              `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()`,
            )
          ).length,
      )
      .toBe(0)
    const swap = { ...profile.swap, switchMs: 20_000 }
    const done = await retrySwap(profileOf(pair, { ...profile, swap }), context)
    expect(done).toMatchObject({ runId: 1, previousDatabase: `${target.name}_mbsync_prev_1`, warnings: [] })
    const client = await connect(target.url)
    await expectSameContent(source.client, client)
    await client.end()
    await expect(retrySwap(profileOf(pair, profile), context)).rejects.toThrow(
      /no new database that could replace/,
    )
    await runRollback(pair, { profile: { ...profile, swap } })
    expect(JSON.stringify(await pair.ask(ASKED))).toBe(OLD)
  })
})

describe.each(['a superuser', 'a plain owner'] as const)(
  'rows that the target keeps, in a swap by %s',
  (mode) => {
    const named = (name: string) => ({ schema: 'public', name })
    const TABLES = `
    CREATE TABLE "User" (id serial PRIMARY KEY, email text NOT NULL UNIQUE, big text);
    CREATE TABLE flag (name text PRIMARY KEY, is_on boolean); CREATE TABLE note (id int PRIMARY KEY, body text); CREATE TABLE log (line text, n int);
    CREATE TABLE parted (id int, k int, v text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
    CREATE TABLE parted1 PARTITION OF parted FOR VALUES IN (1); CREATE TABLE parted2 PARTITION OF parted FOR VALUES IN (2);
    CREATE TABLE flag_use (id int PRIMARY KEY, flag text REFERENCES flag, "user" int REFERENCES "User");`

    test('are copied into the new database, and win there', async () => {
      pair = await createSwapPair(mode, {
        sourceSql: `${TABLES}
        INSERT INTO "User" (email, big) SELECT 'u' || i || '@live', repeat(md5(i::text), 20) FROM generate_series(1, 3000) i;
        INSERT INTO flag VALUES ('a', true), ('b', true); INSERT INTO note VALUES (1, 'new'), (2, 'n'); INSERT INTO log VALUES ('x', 1), ('own', 1);
        INSERT INTO parted VALUES (1, 1, 'v'), (2, 2, 'v'); INSERT INTO flag_use VALUES (1, 'a', 5)`,
        targetSql: `${TABLES} ALTER TABLE "User" ADD COLUMN is_own boolean;
        INSERT INTO "User" (id, email, is_own) VALUES (5, 'tester', true), (9000, 'more', true), (6, 'old', NULL);
        INSERT INTO flag VALUES ('a', false), ('own', NULL); INSERT INTO note VALUES (1, 'old'), (77, 'own'); INSERT INTO log VALUES ('own', 1), ('own', 1), ('y', 2);
        INSERT INTO parted VALUES (2, 2, 'own'), (3, 1, 'own'); INSERT INTO flag_use VALUES (90, 'own', 9000)`,
      })
      const keep = [
        { table: named('User'), rows: 'is_own' },
        { table: named('flag'), rows: true as const },
        { table: named('log'), rows: `line = 'own'` },
        { table: named('parted'), rows: `v = 'own'` },
        { table: named('flag_use'), rows: 'id > 80' },
      ]
      const deletes = {
        others: 'follow' as const,
        tables: [{ table: named('note'), deletes: 'keep' as const }],
      }
      const swapping = { to: pair.to, strategy: 'swap' as const, keep, deletes }
      await expect(runSync(pair, { profile: swapping })).rejects.toMatchObject({
        findings: [
          { subject: 'public."User"', message: expect.stringMatching(/^column "is_own" has values/) },
        ],
      })
      const profile = { ...swapping, columns: [{ table: named('User'), exclude: ['is_own'] }] }
      const { tables, notes } = await runSync(pair, { profile })
      expect(notes.map(({ subject, message }) => `${subject} ${message}`)).toContain(
        'public."User" its kept rows have values in "is_own" that are only in the previous database: the source has no such column',
      )
      const read = (sql: string) => pair.ask<{ t: string }>(sql).then((rows) => rows.map(({ t }) => t))
      expect(
        await read(`SELECT u.id || email AS t FROM "User" u WHERE id IN (5, 6) OR id > 2999 ORDER BY id`),
      ).toEqual(['5tester', '6u6@live', '3000u3000@live', '9000more'])
      expect(await read('SELECT f::text AS t FROM flag f ORDER BY 1')).toEqual(['(a,f)', '(own,)'])
      expect(await read('SELECT f::text AS t FROM flag_use f ORDER BY 1')).toEqual([
        '(1,a,5)',
        '(90,own,9000)',
      ])
      expect(await read('SELECT n::text AS t FROM note n ORDER BY 1')).toEqual([
        '(1,new)',
        '(2,n)',
        '(77,own)',
      ])
      expect(await read('SELECT l::text AS t FROM log l ORDER BY 1')).toEqual(['(own,1)', '(own,1)', '(x,1)'])
      expect(await read('SELECT p::text AS t FROM parted p ORDER BY 1')).toEqual([
        '(1,1,v)',
        '(2,2,own)',
        '(3,1,own)',
      ])
      expect(await read(`SELECT nextval('"User_id_seq"')::text AS t`)).toEqual(['9001'])
      expect(await read(`SELECT conname AS t FROM pg_constraint WHERE NOT convalidated`)).toEqual([])
      // The copies of these rows are needed until the switch only.
      expect(
        await read(`SELECT relname AS t FROM pg_class WHERE relnamespace = 'mbsync_landing'::regnamespace`),
      ).toEqual([])
      const outcome = tables.find(({ table }) => table.name === 'User')
      expect(outcome).toMatchObject({ inserted: 2999, kept: 2, leftOut: 1 })

      const merging = { to: pair.to, keep: keep.slice(1), deletes, exclude: [patternOf('public."User"')] }
      await runSync(pair, { profile: merging })
      expect(await read('SELECT f::text AS t FROM flag_use f ORDER BY 1')).toEqual([
        '(1,a,5)',
        '(90,own,9000)',
      ])
      await runRollback(pair, { profile })
      await runRollback(pair, { profile })
      expect(await read(`SELECT count(*)::text AS t FROM "User"`)).toEqual(['3'])
    })

    test('are refused where rows that they refer to are not in the source, and the target stays as it is', async () => {
      pair = await createSwapPair(mode, {
        sourceSql: `${TABLES} INSERT INTO flag VALUES ('a', true)`,
        targetSql: `${TABLES} INSERT INTO flag VALUES ('gone', false); INSERT INTO flag_use VALUES (1, 'gone', NULL), (2, 'gone', NULL)`,
      })
      const profile = {
        to: pair.to,
        strategy: 'swap' as const,
        keep: [{ table: named('flag_use'), rows: true as const }],
      }
      await expect(runSync(pair, { profile })).rejects.toThrow(
        /public.flag_use: 2 rows that the run must keep would refer to rows of public.flag that the source no longer has \(foreign key "flag_use_flag_fkey"\)/,
      )
      expect(await pair.beside()).toEqual([])
      expect(await pair.ask('SELECT name FROM flag')).toEqual([{ name: 'gone' }])
    })
  },
)
