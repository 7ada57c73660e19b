import { readFileSync } from 'node:fs'
import { beforeAll, expect, inject, test } from 'vitest'
import { leaveOut } from '../../src/schema/order-objects.ts'
import type { DatabaseSchema, SchemaObject } from '../../src/schema/schema-object.ts'
import { writeScript } from '../../src/schema/write-script.ts'
import { startCluster } from '../support/cluster.ts'
import { asSuperuser, connect, createDatabasePair, createRole } from '../support/databases.ts'
import { installedPostgres } from '../support/installed-postgres.ts'
import { pgDumpObjects } from '../support/pg-dump.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/schemas/${name}.sql`, import.meta.url), 'utf8')
}

const ROLES = fixture('supabase-roles')
/** One database with all of them, which is read and created once. */
const ALL = ['types', 'functions', 'operators', 'supabase'].map(fixture).join('\n')

beforeAll(async () => {
  for (const url of [inject('sourceUrl'), inject('targetUrl')])
    await asSuperuser(url, (client) => client.query(ROLES))
})

test('types, code and operators are the same on a newer server, and back on the older one', async () => {
  const there = await createDatabasePair({ sourceSql: ALL })
  const back = await createDatabasePair()
  try {
    const first = await schemaOf(there.source.url)
    expect(first.unsupported).toEqual([])
    await there.target.client.query(scriptOf(first))
    const second = await schemaOf(there.target.url)
    expect(scriptOf(second)).toBe(scriptOf(first))
    await back.source.client.query(scriptOf(second))
    expect(scriptOf(await schemaOf(back.source.url))).toBe(scriptOf(first))
  } finally {
    await Promise.all([there.drop(), back.drop()])
  }
})

test('a plain owner reads everything, and creates what needs no superuser', async () => {
  const pair = await createDatabasePair({ sourceSql: ALL, isSourceNew: true })
  try {
    const role = await createRole(inject('targetUrl'))
    await pair.target.client.query(`ALTER DATABASE ${pair.target.name} OWNER TO ${role}`)
    const schema = await schemaOf(pair.source.urlFor(role, role))
    const { database, ...others } = await schemaOf(pair.source.url)
    expect(schema).toEqual({ ...others, database: { ...database, currentRole: role } })
    const { objects } = withoutSuperuser(schema)
    await run(
      pair.target.urlFor(role, role),
      writeScript({ objects }, { owner: 'connecting role', grants: 'none' }),
    )
    const created = await schemaOf(pair.target.url)
    const expected = objects.filter(({ kind }) => kind !== 'default privileges')
    expect(names(created.objects)).toEqual(names(expected))
  } finally {
    await pair.drop()
  }
})

test('what cannot be written is listed by name, with what needs it, and none of its passwords is read', async () => {
  const pair = await createDatabasePair({ sourceSql: fixture('unsupported'), isSourceNew: true })
  const { client } = pair.source
  try {
    await client.query(
      `CREATE SUBSCRIPTION from_production CONNECTION 'host=127.0.0.1 password=secret' PUBLICATION p WITH (connect = false)`,
    )
    const schema = await schemaOf(pair.source.url)
    expect(schema.unsupported.map(({ identity }) => identity)).toEqual([
      'ACCESS METHOD own_heap',
      'CONSTRAINT hyper_pkey ON foreign_things.hyper',
      'CONSTRAINT of_base_pkey ON foreign_things.of_base',
      'FOREIGN DATA WRAPPER wrapper',
      'FOREIGN TABLE foreign_things.remote',
      'FUNCTION foreign_things.base_in(cstring)',
      'FUNCTION foreign_things.base_out(foreign_things.base)',
      'FUNCTION foreign_things.in_c()',
      'FUNCTION foreign_things.one(integer)',
      'FUNCTION foreign_things.other(integer)',
      'FUNCTION foreign_things.reads_view()',
      'INDEX foreign_things.by_id',
      'INDEX foreign_things.kept_id_idx',
      'MATERIALIZED VIEW foreign_things.kept',
      'SERVER elsewhere',
      'SUBSCRIPTION from_production',
      'TABLE foreign_things.by_method',
      'TABLE foreign_things.hyper',
      'TABLE foreign_things.of_base',
      'TRIGGER by_c ON foreign_things.fine',
      'TYPE foreign_things.base',
      'VIEW foreign_things.daily',
      'VIEW foreign_things.over_base',
      'VIEW foreign_things.over_remote',
    ])
    expect(JSON.stringify(schema)).not.toContain('secret')
    await pair.target.client.query(scriptOf(schema))
    expect(scriptOf(await schemaOf(pair.target.url))).toBe(scriptOf(schema))
  } finally {
    await client.query('ALTER SUBSCRIPTION from_production SET (slot_name = NONE)').catch(() => undefined)
    await client.query('DROP SUBSCRIPTION IF EXISTS from_production')
    await pair.drop()
  }
})

test('what an older server lacks names the version that brought it', async () => {
  const pair = await createDatabasePair({
    isSourceNew: true,
    sourceSql: `
      CREATE COLLATION by_postgres (provider = builtin, locale = 'C.UTF-8');
      CREATE COLLATION fast (provider = builtin, locale = 'PG_UNICODE_FAST');
      CREATE COLLATION with_rules (provider = icu, locale = 'und', rules = '&a < ''b''');
      CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, language = 'estonian');
      CREATE TEXT SEARCH CONFIGURATION words (PARSER = default);
      ALTER TEXT SEARCH CONFIGURATION words ADD MAPPING FOR word WITH estonian_stem;
      CREATE FUNCTION on_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER on_login ON login EXECUTE FUNCTION on_login();
      ALTER EVENT TRIGGER on_login DISABLE;
      CREATE TABLE items (id integer PRIMARY KEY, name text, upper text GENERATED ALWAYS AS (upper(name)) STORED);
      CREATE PUBLICATION some_columns FOR TABLE items (id, name) WHERE (id > 7) WITH (publish = '');
      CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA public WITH (publish_generated_columns = stored);
      CREATE DOMAIN required AS text CONSTRAINT must NOT NULL;
      ALTER DEFAULT PRIVILEGES GRANT MAINTAIN, SELECT ON TABLES TO anon;
      ALTER DEFAULT PRIVILEGES GRANT ALL ON LARGE OBJECTS TO anon;`,
  })
  try {
    const schema = await schemaOf(pair.source.url)
    await pair.target.client.query(scriptOf(schema))
    expect(scriptOf(await schemaOf(pair.target.url))).toBe(scriptOf(schema))
    expect(
      schema.objects.flatMap(({ identity, since }) =>
        since === undefined ? [] : [[identity, since.version]],
      ),
    ).toEqual([
      ['COLLATION public.by_postgres', 170000],
      ['COLLATION public.fast', 180000],
      ['COLLATION public.with_rules', 160000],
      ['TEXT SEARCH DICTIONARY public.stems', 180000],
      ['TEXT SEARCH CONFIGURATION public.words', 180000],
      ['PUBLICATION of_schema', 180000],
      ['PUBLICATION some_columns', 150000],
      ['DEFAULT PRIVILEGES FOR ROLE postgres ON LARGE OBJECTS', 180000],
      ['EVENT TRIGGER on_login', 170000],
    ])
  } finally {
    await pair.drop()
  }
})

const installed = installedPostgres()

test.runIf(installed !== undefined)('a created database is dumped by pg_dump as its source is', async () => {
  if (installed === undefined) return
  const cluster = await startCluster(installed)
  const [source, target] = [cluster.url('source'), cluster.url('target')]
  try {
    await run(cluster.url(), ROLES)
    for (const name of ['source', 'target'])
      await run(cluster.url(), `CREATE DATABASE ${name} TEMPLATE template0`)
    await run(source, ALL)
    await run(target, scriptOf(await schemaOf(source)))
    expect(pgDumpObjects(target)).toEqual(pgDumpObjects(source))
  } finally {
    await cluster.stop()
  }
})

test('an object that calls a function of a newer server says so', async () => {
  const pair = await createDatabasePair({
    sourceSql: `CREATE TABLE item (id uuid DEFAULT uuidv7(), note text);
      CREATE VIEW any_item AS SELECT any_value(note) AS note FROM item`,
    isSourceNew: true,
  })
  try {
    const { objects } = await schemaOf(pair.source.url)
    const found = objects.flatMap(({ identity, since }) => (since === undefined ? [] : [[identity, since]]))
    expect(found).toEqual([
      ['TABLE public.item', { version: 180000, feature: 'a call of uuidv7()' }],
      ['VIEW public.any_item', { version: 160000, feature: 'a call of any_value()' }],
    ])
  } finally {
    await pair.drop()
  }
})

function withoutSuperuser({ objects }: DatabaseSchema) {
  const unable = objects.filter(({ superuserReason }) => superuserReason !== undefined)
  return leaveOut(
    objects,
    unable.map(({ id, identity, superuserReason = '' }) => ({ id, identity, reason: superuserReason })),
  )
}

/** Sorted: what operator classes need comes early only where they are. */
function names(objects: readonly SchemaObject[]): string[] {
  return objects.map(({ identity }) => identity).sort()
}

async function run(url: string, sql: string): Promise<void> {
  const client = await connect(url)
  await client.query(sql).finally(() => client.end())
}
