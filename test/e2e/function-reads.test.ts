import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

/** The functions say that they depend on nothing but their argument, as many do. By name and size, the tables come in the wrong order. */
const SCHEMA = `
  CREATE TABLE c_plans (id int PRIMARY KEY);
  CREATE TABLE b_teams (id int PRIMARY KEY, plan int);
  CREATE TABLE a_members (id int PRIMARY KEY, team int, note text);
  CREATE VIEW plans AS SELECT id FROM c_plans;
  CREATE FUNCTION is_plan(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM plans WHERE id = $1)';
  CREATE FUNCTION is_team(t int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN EXISTS (SELECT FROM public.b_teams WHERE id = t); END $$;
  ALTER TABLE b_teams ADD CONSTRAINT plan_there CHECK (is_plan(plan));
  ALTER TABLE a_members ADD CONSTRAINT team_there CHECK (is_team(team));`
const ROWS = `INSERT INTO c_plans SELECT generate_series(1, 5); INSERT INTO b_teams SELECT n, n FROM generate_series(1, 5) n;
  INSERT INTO a_members SELECT n, 1 + n % 5, repeat('note ' || n, 20) FROM generate_series(1, 9000) n;`
const OLD = `INSERT INTO c_plans VALUES (1), (77); INSERT INTO b_teams VALUES (1, 77), (77, 77); INSERT INTO a_members VALUES (1, 77), (90000, 77);`
const CHANGE = `INSERT INTO public.c_plans VALUES (8); INSERT INTO public.b_teams VALUES (8, 8); INSERT INTO public.a_members VALUES (20000, 8);
  UPDATE public.a_members SET note = '' WHERE id < 3; DELETE FROM public.a_members WHERE team = 2; DELETE FROM public.b_teams WHERE id = 2; DELETE FROM public.c_plans WHERE id = 2;`

test.each(
  WRITING_MODES.flatMap((mode) => [
    { mode, over: 'an empty target', targetSql: SCHEMA },
    { mode, over: 'rows', targetSql: SCHEMA + OLD },
  ]),
)(
  'what a check reads is written before its rows, by $mode over $over',
  async ({ mode, targetSql }) => {
    const pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql })
    const env = await urlsOf(pair, mode)
    const before = await readContent(pair.target.client)
    const checked = await runHere(['check'], { env })
    expect(checked.stdout).toContain(
      'public.a_members: constraint "team_there" calls public.is_team(integer), which reads public.b_teams, which is therefore written first',
    )
    for (const change of ['', CHANGE]) {
      await pair.source.client.query(`RESET search_path; ${change}`)
      for (const command of ['sync', 'verify']) {
        const { exitCode, stderr } = await runHere([command], { env })
        expect(exitCode, stderr).toBe(0)
      }
      await expectSameContent(pair.source.client, pair.target.client)
    }
    for (const _ of ['', CHANGE]) expect((await runHere(['rollback'], { env })).exitCode).toBe(0)
    expect(await readContent(pair.target.client)).toEqual(before)
    await pair.drop()
  },
  120_000,
)

test('a dump has what a check reads before the rows of the check', async () => {
  const pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  const env = await urlsOf(pair, 'a plain owner')
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-'))
  const exported = await runHere(['export', '--output', join(folder, 'dump')], { env })
  expect(exported.exitCode, exported.stderr).toBe(0)
  const files = readdirSync(join(folder, 'dump', 'data'))
    .sort()
    .map((name) => name.replace(/^\d+_public\.|\W.*$/g, ''))
  expect(files.slice(0, 3)).toEqual(['c_plans', 'b_teams', 'a_members'])
  rmSync(folder, { recursive: true })
  await pair.drop()
}, 60_000)

test('a row that the check refuses is explained by what its function reads', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${SCHEMA}${ROWS} DELETE FROM b_teams WHERE id = 3`,
    targetSql: SCHEMA,
  })
  const env = await urlsOf(pair, 'a superuser')
  const { exitCode, stderr } = await runHere(['sync'], { env })
  expect(exitCode).toBe(1)
  expect(stderr.replaceAll('\\"', '"')).toContain(
    'public.a_members: a row of the source violates "team_there" of the target; constraint "team_there" calls public.is_team(integer), which reads public.b_teams',
  )
  expect(stderr).toContain('drop the constraint in the target')
  await pair.drop()
}, 60_000)

test('rows are not judged by a NOT VALID check before what it reads is written', async () => {
  const schema = `CREATE TABLE teams (id int PRIMARY KEY); CREATE TABLE members (id int PRIMARY KEY, team int);
    CREATE FUNCTION is_team(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM teams WHERE id = $1)';
    ALTER TABLE members ADD CHECK (is_team(team)) NOT VALID;`
  const pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO teams VALUES (2); INSERT INTO members VALUES (1, 2)`,
    targetSql: `${schema} INSERT INTO teams VALUES (1); INSERT INTO members VALUES (1, 1)`,
  })
  const env = await urlsOf(pair, 'a superuser')
  const { exitCode, stderr } = await runHere(['sync'], { env })
  expect(exitCode, stderr).toBe(0)
  await expectSameContent(pair.source.client, pair.target.client)
  await pair.drop()
}, 60_000)

async function urlsOf(
  pair: DatabasePair,
  mode: (typeof WRITING_MODES)[number],
): Promise<Record<string, string>> {
  const { url } = await targetFor(pair, mode)
  return { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: url }
}
