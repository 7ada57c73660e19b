import { afterEach, expect, inject, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { asSuperuser, createRole } from '../support/databases.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'

let pair: SwapPair
let role: string
const others: string[] = []
afterEach(async () => {
  const owned = [...others.splice(0), role].join(', ')
  await asSuperuser(pair.target.url, (admin) => admin.query(`DROP OWNED BY ${owned} CASCADE`))
  await pair.drop()
})

async function create(sourceSql: string, targetSql: string): Promise<void> {
  pair = await createSwapPair('a plain owner', { sourceSql, targetSql })
  role = new URL(pair.to.url).username
}

const named = (name: string) => ({ schema: 'public', name })
const admin = (sql: string) => asSuperuser(pair.target.url, (client) => client.query(sql))
const swapping = () => ({ to: pair.to, strategy: 'swap' as const })

async function found(severity: 'error' | 'note', changes: Partial<Profile> = {}): Promise<string[]> {
  const { findings } = await runPlan(pair, { profile: { ...swapping(), ...changes } })
  const own = findings.filter(
    (finding) => finding.severity === severity && !/room for one/.test(finding.message),
  )
  return own.map(({ subject, message }) => `${subject}: ${message}`)
}

async function stranger(): Promise<string> {
  const name = await createRole(inject('targetUrl'))
  others.push(name)
  return name
}

test('what a plain owner cannot give to the new database is known before it is built: of superusers and other grantors it is noted, other owners refuse the swap', async () => {
  const schema = `CREATE TYPE mood AS ENUM ('a'); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2'; CREATE TABLE item (id int PRIMARY KEY, m mood);`
  await create(`${schema} INSERT INTO item VALUES (1, 'a')`, `${schema} CREATE TABLE only_here (id int)`)
  const [owner, grantor] = [await stranger(), await stranger()]
  await admin(`ALTER FUNCTION one() OWNER TO postgres; ALTER SCHEMA public OWNER TO postgres; GRANT ALL ON SCHEMA public TO ${role};
    ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO ${grantor}; GRANT SELECT ON item TO ${grantor} WITH GRANT OPTION;
    GRANT USAGE ON SCHEMA public TO ${grantor}; SET ROLE ${grantor}; GRANT SELECT ON item TO pg_monitor; RESET ROLE;
    ALTER FUNCTION two() OWNER TO ${owner}; ALTER TYPE mood OWNER TO ${owner}; GRANT USAGE ON TYPE mood TO ${role}`)
  const cannot = `staging: role "${role}" cannot give objects to their owner "${owner}" in the new database, because it may not become that role: 1 type, 1 function, such as TYPE public.mood`
  expect(await found('error')).toEqual([cannot])
  await admin(`GRANT ${owner} TO ${role} WITH SET FALSE`)
  expect(await found('error')).toEqual([cannot])
  await expect(runSync(pair, { profile: swapping() })).rejects.toThrow(/Validation found 1 problem/)

  const publishing = { swap: { keep: 1, locale: 'source', switchMs: 10_000, publications: true } as const }
  await admin(
    `GRANT ${owner} TO ${role} WITH SET TRUE; CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION few FOR TABLE only_here`,
  )
  expect(await found('error', publishing)).toEqual([
    'PUBLICATION everything: cannot be created in the new database: only a superuser can publish all tables, or those of a schema',
    'PUBLICATION few: cannot be created in the new database: the source does not have TABLE public.only_here',
  ])
  expect(await pair.beside()).toEqual([])

  const noted = [
    `DEFAULT PRIVILEGES FOR ROLE postgres ON TABLES: has privileges in the target that only "postgres", or a superuser, can give in the new database`,
    `TABLE public.item: has privileges in the target that only "${grantor}", or a superuser, can give in the new database`,
    expect.stringMatching(
      /^staging: objects of superuser "postgres" belong to another role .*: 1 schema, 1 function, such as SCHEMA public$/,
    ),
  ]
  expect(await found('note')).toEqual(expect.arrayContaining(noted))
  const { notes, warnings } = await runSync(pair, { profile: swapping() })
  expect(warnings).toEqual([])
  const lines = notes.map(({ subject, message }) => `${subject}: ${message}`)
  expect(lines).toEqual(expect.arrayContaining(noted))
  expect(new Set(lines).size).toBe(lines.length)
  expect(
    await pair.ask(`SELECT pg_get_userbyid(proowner)::text AS two, (SELECT pg_get_userbyid(typowner)::text FROM pg_type WHERE typname = 'mood') AS mood,
      has_table_privilege('${grantor}', 'item', 'SELECT WITH GRANT OPTION') AS reads FROM pg_proc WHERE proname = 'two'`),
  ).toEqual([{ two: owner, mood: owner, reads: true }])
})

test('rows that stay are refused where the role cannot read them or lock their table, and named where the new table does not take them', async () => {
  await create(
    `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE kept (id int PRIMARY KEY, m mood, n int NOT NULL CHECK (n < 10)); INSERT INTO kept VALUES (1, 'a', 1)`,
    `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE kept (id int PRIMARY KEY, m mood, n int); INSERT INTO kept VALUES (5, 'b', 1)`,
  )
  const owner = await stranger()
  const profile = { ...swapping(), keep: [{ table: named('kept'), rows: 'id > 4' }] }
  const errors = () => found('error', profile)
  await admin(`GRANT ${owner} TO ${role} WITH INHERIT FALSE, SET TRUE; ALTER TABLE kept OWNER TO ${owner}`)
  expect((await errors()).filter((line) => line.startsWith('public.kept: rows of it'))).toEqual([
    'public.kept: rows of it stay, and the role may not read it: the run could not copy them to the new database',
  ])
  await admin(`GRANT SELECT ON kept TO ${role}`)
  expect((await errors()).filter((line) => line.startsWith('public.kept: rows of it'))).toEqual([
    'public.kept: rows of it stay, and the role may not lock it: the run could not copy them to the new database',
  ])
  await admin(
    `ALTER TABLE kept OWNER TO ${role}; ALTER TABLE kept ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
  )
  expect(await errors()).toContainEqual(
    expect.stringMatching(/^public.kept: rows of it stay, and its row-level security/),
  )
  await admin('ALTER TABLE kept DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY')
  const fails = (what: RegExp) => expect(runSync(pair, { profile })).rejects.toThrow(what)
  const unfit = 'public.kept: a row that the target keeps does not fit the table as the source defines it: '
  await fails(new RegExp(`^${unfit}a value has an invalid form`))
  await admin(`UPDATE kept SET m = 'a', n = 11`)
  await fails(new RegExp(`^${unfit}.*kept_n_check`))
  await admin('UPDATE kept SET n = NULL')
  await fails(new RegExp(`^${unfit}.*NOT NULL`))

  expect(await pair.beside()).toEqual([])
  // There is no room for another session of the target at the switch: the new database can be had by a retry.
  await admin(`UPDATE kept SET n = 1; ALTER DATABASE ${pair.target.name} CONNECTION LIMIT 1`)
  await fails(/too many connections for database/)
  expect(await pair.beside()).toEqual([expect.stringMatching(/^_mbsync_next_\d+$/)])

  await admin(
    `ALTER DATABASE ${pair.target.name} CONNECTION LIMIT -1; GRANT ${owner} TO ${role} WITH INHERIT TRUE, SET FALSE; ALTER DATABASE ${pair.target.name} OWNER TO ${owner}`,
  )
  expect(await errors()).toEqual([
    `staging: role "${role}" may not become "${owner}", which owns database "${pair.target.name}", so it may not create a database for it`,
  ])
})
