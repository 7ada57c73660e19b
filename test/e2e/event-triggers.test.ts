import { afterEach, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { type TargetMode, targetFor } from '../support/target-modes.ts'

const TABLES = `
CREATE TABLE item (id int PRIMARY KEY, body text);
CREATE TABLE ddl_history (id bigserial PRIMARY KEY, what text)`
/** As AWS DMS and others put it into a database. */
const NOTE_DDL = `
CREATE FUNCTION note_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.ddl_history (what) VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION note_ddl()`
const GUARD_DDL = `
CREATE FUNCTION guard_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'only migrations may run %', tg_tag USING ERRCODE = '42501'; END $$;
CREATE EVENT TRIGGER guard ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION guard_ddl()`

let pair: DatabasePair | undefined
afterEach(() => pair?.drop())

/** A staging with an event trigger, and mbsync as a role of that kind. */
async function staging(eventTrigger: string, mode: TargetMode) {
  pair = await createDatabasePair({
    sourceSql: `${TABLES}; INSERT INTO item SELECT g, 'new' FROM generate_series(1, 5) g; INSERT INTO ddl_history (what) VALUES ('a'), ('b')`,
    targetSql: `${TABLES}; INSERT INTO item VALUES (1, 'old'), (9, 'own'); INSERT INTO ddl_history (what) VALUES ('c')`,
  })
  const { source, target } = pair
  const { url } = await targetFor(pair, mode)
  await target.client.query(eventTrigger)
  const env = { PRODUCTION_DATABASE_URL: source.url, STAGING_DATABASE_URL: url }
  const mbsync = async (command: string, ...flags: string[]) => {
    const { exitCode, stdout, stderr } = await runHere([command, ...flags], { env })
    // Quotes are escaped in the lines of the log.
    return { exitCode, said: `${stdout}${stderr}`.replaceAll('\\"', '"') }
  }
  const rowsOf = async (table: string) =>
    (await target.client.query(`SELECT string_agg(t::text, ' ' ORDER BY id) AS rows FROM ${table} t`)).rows[0]
      .rows
  return { mbsync, rowsOf }
}

test('one that writes to a table of the run does not fire for what mbsync defines, where the role may keep it from that', async () => {
  const { mbsync, rowsOf } = await staging(NOTE_DDL, 'an owner with the grant')
  const before = [await rowsOf('item'), await rowsOf('ddl_history')]
  expect((await mbsync('check')).said).toMatch(/do not fire for what mbsync creates and drops.*"note_ddl"/)
  expect((await mbsync('sync')).exitCode).toBe(0)
  expect(await rowsOf('ddl_history')).toBe('(1,a) (2,b)')
  const again = await mbsync('sync')
  expect(again.exitCode).toBe(0)
  expect(again.said).not.toContain('reading in full')
  expect((await mbsync('verify')).exitCode).toBe(0)
  expect((await mbsync('rollback')).exitCode).toBe(0)
  expect((await mbsync('rollback')).exitCode).toBe(0)
  expect([await rowsOf('item'), await rowsOf('ddl_history')]).toEqual(before)
})

test('where the role may not, such a trigger is found before the run, and the run works without the table', async () => {
  const { mbsync, rowsOf } = await staging(NOTE_DDL, 'a plain owner')
  for (const command of ['check', 'sync']) {
    const { exitCode, said } = await mbsync(command)
    expect(exitCode).toBe(3)
    expect(said).toContain(
      'event trigger "note_ddl" writes to it or locks it whenever mbsync creates or drops a table',
    )
    expect(said).toContain("exclude: ['public.ddl_history']")
  }
  const only = ['--table', 'item']
  expect((await mbsync('check', ...only)).said).toMatch(
    /that fire for what mbsync creates and drops.*"note_ddl"/,
  )
  expect((await mbsync('sync', ...only)).exitCode).toBe(0)
  expect(await rowsOf('item')).toBe('(1,new) (2,new) (3,new) (4,new) (5,new)')
  expect((await mbsync('rollback')).exitCode).toBe(0)
  expect(await rowsOf('item')).toBe('(1,old) (9,own)')
})

test('one that refuses is named with what it says, before anything is made', async () => {
  const { mbsync } = await staging(GUARD_DDL, 'a plain owner')
  for (const command of ['check', 'sync']) {
    const { exitCode, said } = await mbsync(command)
    expect(exitCode).toBe(3)
    expect(said).toContain('only migrations may run ALTER TABLE')
    expect(said).toContain('event trigger "guard"')
  }
  const { rows } = (await pair?.target.client.query(
    `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mbsync%'`,
  )) ?? { rows: [] }
  expect(rows).toEqual([])
})

test.each([
  ['gives them to postgres', 'ALTER TABLE %s OWNER TO postgres'],
  [
    'secures their rows, also from their owner',
    'ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
  ],
  ['adds columns to them', 'ALTER TABLE %s ADD audit_id bigserial'],
])(
  'one that makes of new tables what mbsync cannot use is found before the run: it %s',
  async (what, sql) => {
    const { mbsync, rowsOf } = await staging(
      `CREATE FUNCTION adopt() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE made record; BEGIN
       FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
         EXECUTE format('${sql}', made.object_identity); END LOOP; END $$;
     CREATE EVENT TRIGGER adopt ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION adopt()`,
      'a plain owner',
    )
    for (const command of ['check', 'sync']) {
      const { exitCode, said } = await mbsync(command)
      expect(exitCode, said).toBe(3)
      expect(said).toContain(`event trigger "adopt" changes the tables that mbsync creates: it ${what}`)
    }
    expect(await rowsOf('item')).toBe('(1,old) (9,own)')
  },
)

test('one that is enabled on replicas, too, is found in every role', async () => {
  const always = `${NOTE_DDL}; ALTER EVENT TRIGGER note_ddl ENABLE ALWAYS`
  const { mbsync } = await staging(always, 'a superuser')
  const { exitCode, said } = await mbsync('check')
  expect(exitCode).toBe(3)
  expect(said).toContain('writes to it or locks it')
})

test('one that the run itself creates does not fire for what is still to be defined, into a table that the run has loaded', async () => {
  const totals = 'CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM item'
  pair = await createDatabasePair({
    sourceSql: `${TABLES}; INSERT INTO item VALUES (1, 'new'); INSERT INTO ddl_history (what) VALUES ('a'), ('b'); ${totals}; ${NOTE_DDL}`,
  })
  const env = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url }
  const { exitCode, stderr } = await runHere(['sync', '--create-schema'], { env })
  expect(exitCode, stderr).toBe(0)
  const { rows } = await pair.target.client.query(
    'SELECT array_agg(what) AS what, (SELECT count FROM totals)::int AS n FROM ddl_history',
  )
  expect(rows).toEqual([{ what: ['a', 'b'], n: 1 }])
})

test('one that writes to a table of the run whenever a session begins is found before the run', async () => {
  const noteLogin = `
CREATE FUNCTION note_login() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.ddl_history (what) VALUES (session_user); END $$;
CREATE EVENT TRIGGER note_login ON login EXECUTE FUNCTION note_login()`
  const { mbsync } = await staging(noteLogin, 'a superuser')
  for (const command of ['check', 'sync']) {
    const { exitCode, said } = await mbsync(command)
    expect(exitCode).toBe(3)
    expect(said).toContain('event trigger "note_login" of the target writes to it whenever a session begins')
    expect(said).toContain("exclude: ['public.ddl_history']")
  }
  expect((await mbsync('sync', '--exclude', 'public.ddl_history')).exitCode).toBe(0)
})

test('one that refuses to suspend the triggers of a table is found before a run as its owner', async () => {
  const guard = `
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION guard_public() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'public') THEN RAISE EXCEPTION 'only migrations may run %', tg_tag; END IF;
END $$;
CREATE EVENT TRIGGER guard_public ON ddl_command_end EXECUTE FUNCTION guard_public()`
  const { mbsync } = await staging(guard, 'a plain owner')
  for (const command of ['check', 'sync']) {
    const { exitCode, said } = await mbsync(command)
    expect(exitCode).toBe(3)
    expect(said).toContain(
      'function public.guard_public() refused what mbsync defines: only migrations may run ALTER TABLE; it is called by event trigger "guard_public"',
    )
    expect(said).toContain('it disables their triggers (ALTER TABLE … DISABLE TRIGGER)')
  }
})
