import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { withDatabases } from '../../src/run/databases.ts'
import { selectionOf } from '../../src/run/selection-of.ts'
import { withLiveSource } from '../../src/transfer/source/live-source.ts'
import {
  asSuperuser,
  createDatabasePair,
  createRole,
  type DatabasePair,
  untilSettled,
} from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { patternOf, profileOf, runPlan, runSync } from '../support/run-sync.ts'

/**
 * The tables of an owner who has no other rights, with everything on them that could call a function. Each calls `evil`, which fails whatever calls it as
 * the reader. `$side` is left out in the target.
 */
const TABLES = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TYPE pair AS (a int, b text);
CREATE TABLE unvalidated (id int PRIMARY KEY, v int); CREATE TABLE parent (id int PRIMARY KEY, v int);
CREATE TABLE child (id int PRIMARY KEY, p int);
CREATE TABLE indexed (id int PRIMARY KEY, v int); CREATE TABLE partial (id int PRIMARY KEY, v int);
CREATE TABLE measured (id int PRIMARY KEY, v int); CREATE TABLE inlined (id int PRIMARY KEY, v int);
CREATE TABLE operated (id int PRIMARY KEY, v int); CREATE TABLE keyless (v int);
CREATE TABLE defaulted (id int PRIMARY KEY, v int); CREATE TABLE guarded (id int PRIMARY KEY, v int);
CREATE TABLE enumerated (id mood PRIMARY KEY, v int); CREATE TABLE composed (id int PRIMARY KEY, v pair, m mood);
CREATE TABLE typed (id int PRIMARY KEY, v indexed); CREATE TABLE plain (id int PRIMARY KEY, v int);
CREATE SEQUENCE counter;
`
const TRAPS = `
CREATE FUNCTION evil(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
  IF current_user = ':reader' THEN RAISE EXCEPTION 'evil has run as %', current_user; END IF; RETURN $1; END $$;
CREATE FUNCTION evil_check(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT mal.evil($1) IS NOT NULL';
CREATE FUNCTION evil_sum(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + mal.evil(1)';
CREATE FUNCTION evil_two(int, int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN mal.evil($1); END';
CREATE FUNCTION evil_mood(mood) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN mal.evil(1)::text; END $$;
CREATE FUNCTION evil_pair(pair) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN mal.evil(1)::text; END $$;
CREATE FUNCTION evil_row(indexed) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN mal.evil(1)::text; END $$;
CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = evil_two);
CREATE CAST (mood AS text) WITH FUNCTION evil_mood(mood) AS IMPLICIT;
CREATE CAST (pair AS text) WITH FUNCTION evil_pair(pair);
CREATE CAST (indexed AS text) WITH FUNCTION evil_row(indexed) AS IMPLICIT;
ALTER TABLE unvalidated ADD CONSTRAINT c CHECK (evil_check(v)) NOT VALID;
ALTER TABLE child ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES parent NOT VALID;
CREATE INDEX indexed_i ON indexed ((v + evil(1))); CREATE INDEX partial_i ON partial (v) WHERE evil(1) > 0;
CREATE STATISTICS measured_s ON (v + evil(1)), id FROM measured; CREATE INDEX inlined_i ON inlined ((evil_sum(v)));
CREATE INDEX operated_i ON operated ((v OPERATOR(mal.<+>) 1), (1 OPERATOR(mal.<+>) 1)); CREATE INDEX keyless_i ON keyless ((evil(2)));
ALTER TABLE defaulted ALTER v SET DEFAULT evil(1);
ALTER TABLE defaulted ADD g int GENERATED ALWAYS AS (evil(1) + v) STORED;
CREATE DOMAIN checked AS int CHECK (evil_check(VALUE)); CREATE TABLE bounded (id checked PRIMARY KEY, v checked);
CREATE TABLE parted (id int, v int) PARTITION BY RANGE ((id + evil(1)));
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (evil_check(v));
CREATE VIEW seen AS SELECT id, evil(v) AS v FROM plain;
`
const TARGET_ONLY = `
CREATE FUNCTION evil(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
ALTER TABLE defaulted ADD g int GENERATED ALWAYS AS (mal.evil(1) + v) STORED;
CREATE DOMAIN checked AS int; CREATE TABLE bounded (id checked PRIMARY KEY, v checked);
CREATE TABLE parted (id int, v int);
`
const NUMBERED = [
  'parent',
  'unvalidated',
  'child',
  'indexed',
  'partial',
  'measured',
  'inlined',
  'operated',
  'defaulted',
  'guarded',
  'plain',
  'bounded',
  'parted',
]
const ROWS = `
${NUMBERED.map((name) => `INSERT INTO ${name} SELECT i, i FROM generate_series(1, 200) i;`).join('\n')}
INSERT INTO keyless SELECT i FROM generate_series(1, 200) i;
INSERT INTO enumerated VALUES ('sad', 1), ('ok', 2), ('happy', 3);
INSERT INTO composed VALUES (1, (1, 'x'), 'ok'); INSERT INTO typed VALUES (1, (1, 1));
`
const COMPARED = [...NUMBERED, 'keyless', 'enumerated', 'composed', 'typed']

/** Each must be copied alone, and says why. */
const COPIED = ['indexed', 'partial', 'measured', 'inlined', 'operated', 'keyless', 'parted']

function expectedReason(owner: string, name: string): string {
  return `mal.${name} is in the hands of role ${owner}, which \`trust\` does not name`
}

async function contentOf(client: pg.Client): Promise<unknown> {
  const content: Record<string, unknown> = {}
  for (const name of COMPARED) {
    const { rows } = await client.query(`SELECT * FROM mal.${name} ORDER BY 1`)
    content[name] = rows
  }
  return content
}

describe('the owner of tables in the source', () => {
  let pair: DatabasePair
  let mallory: string
  let reader: string
  let profile: ReturnType<typeof profileOf>
  const env = () => ({
    PRODUCTION_DATABASE_URL: pair.source.urlFor(reader, reader),
    STAGING_DATABASE_URL: pair.target.url,
  })

  beforeAll(async () => {
    mallory = await createRole(inject('sourceUrl'))
    reader = await createRole(inject('sourceUrl'))
    const schema = (owner: string, sql: string) => `CREATE SCHEMA mal ${owner}; SET search_path = mal; ${sql}`
    pair = await createDatabasePair({
      sourceSql: schema(
        `AUTHORIZATION ${mallory}; SET ROLE ${mallory}`,
        `${TABLES} ${TRAPS.replaceAll(':reader', reader)} ${ROWS}; RESET ALL; RESET ROLE;
         GRANT pg_read_all_data TO ${reader}; ALTER ROLE ${reader} BYPASSRLS`,
      ),
      targetSql: schema('', `${TABLES} ${TARGET_ONLY}; RESET ALL`),
    })
    profile = profileOf(pair)
    profile = { ...profile, from: { ...profile.from, url: pair.source.urlFor(reader, reader) } }
  })
  afterAll(async () => {
    await pair?.drop()
    await asSuperuser(inject('sourceUrl'), (admin) => admin.query(`DROP ROLE ${mallory}, ${reader}`))
  })

  test('sets traps that work', async () => {
    const outcomes = await asSuperuser(pair.source.urlFor(reader, reader), async (client) => {
      const messages: string[] = []
      for (const name of COPIED.filter((each) => each !== 'parted'))
        messages.push(
          await client.query(`SELECT count(*) FROM ONLY mal.${name}`).then(
            () => `${name} was read`,
            ({ message }) => message,
          ),
        )
      return messages
    })
    expect(new Set(outcomes)).toEqual(new Set([`evil has run as ${reader}`]))
  })

  test('runs nothing when the configuration is written and checked', async () => {
    const init = await runHere(['init'], { env: env() })
    expect(init.exitCode, init.stderr).toBe(0)
    const check = await runHere(['check'], { env: env() })
    expect(check.exitCode, check.stdout).toBe(0)
    expect(check.stdout).toContain(`The role ${reader} can only read`)
    expect(check.stdout + check.stderr).not.toContain('evil has run')
  })

  test('runs nothing in a first, an incremental and a full run, and all rows arrive', async () => {
    await untilSettled(pair.source.client)
    await runSync(pair, { profile })
    expect(await contentOf(pair.target.client)).toEqual(await contentOf(pair.source.client))

    await pair.source.client.query(
      COMPARED.filter((name) => !['keyless', 'enumerated', 'parent'].includes(name))
        .map((name) => `DELETE FROM mal.${name} WHERE id::int % 50 = 7`)
        .join(';'),
    )
    await pair.source.client.query(
      `DELETE FROM mal.enumerated WHERE id = 'ok'; UPDATE mal.plain SET v = 0 WHERE id = 3; UPDATE mal.indexed SET v = 0 WHERE id = 3`,
    )
    await untilSettled(pair.source.client)
    const { tables } = await runPlan(pair, { profile })
    const readOf = new Map(tables.map(({ table, read }) => [table.name, read]))
    for (const name of ['plain', 'enumerated', 'unvalidated', 'defaulted', 'bounded', 'guarded'])
      expect([name, readOf.get(name)?.kind]).toEqual([name, 'incremental'])
    for (const name of COPIED)
      expect([name, readOf.get(name)?.reason]).toEqual([
        name,
        expect.stringMatching(
          new RegExp(
            `^a query would call mal\\.evil\\w*\\(.*\\) of role ${mallory} \\(.*\\) with the rights of mbsync$`,
          ),
        ),
      ])
    await runSync(pair, { profile })
    expect(await contentOf(pair.target.client)).toEqual(await contentOf(pair.source.client))

    await runSync(pair, { profile, isFull: true })
    expect(await contentOf(pair.target.client)).toEqual(await contentOf(pair.source.client))
  })

  test('runs nothing in an export', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-owner-'))
    const { exitCode, stderr } = await runHere(['export', '--output', join(folder, 'dump')], { env: env() })
    rmSync(folder, { recursive: true })
    expect(exitCode, stderr).toBe(0)
  })

  test('runs nothing in a verification, which says what it could not compare', async () => {
    const { exitCode, stdout, stderr } = await runHere(['verify', '--json'], { env: env() })
    expect(stderr).not.toContain('evil has run')
    const { tables } = JSON.parse(stdout)
    const statuses = new Map(
      tables.map(({ table, status }: { table: string; status: string }) => [table, status]),
    )
    for (const name of COMPARED)
      expect([name, statuses.get(`mal.${name}`)]).toEqual([
        name,
        COPIED.includes(name) ? 'not compared' : 'equal',
      ])
    expect(exitCode).not.toBe(0)
  })

  test.each([
    ['over a trapped index', 'indexed', 'id > 0', /a query would call mal\.evil\(integer\)/],
    [
      'over a column with a cast',
      'enumerated',
      `id IN ('sad')`,
      /a query would call mal\.evil_mood\(mal\.mood\)/,
    ],
    [
      'over another trapped table',
      'plain',
      'id IN (SELECT id FROM mal.partial)',
      /a query would call mal\.evil\(integer\)/,
    ],
    ['over a view', 'plain', 'id IN (SELECT id FROM mal.seen)', /non-system view|which is not a table/],
    ['that closes a parenthesis', 'plain', 'id > 0) OR (true', /is not valid/],
    ['that is two statements', 'plain', 'true; SELECT mal.evil(1)', /is not valid/],
    ['that ends in a comment', 'plain', 'true /*', /is not valid/],
    ['that is a whole query', 'plain', 'true UNION SELECT', /is not valid/],
  ])('cannot use a condition %s', async (_, name, condition, message) => {
    const where = [{ table: { schema: 'mal', name }, condition }]
    const { findings } = await runPlan(pair, {
      profile: { ...profile, include: [patternOf(`mal.${name}`)], where },
    })
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors.map((error) => `${error.subject}: ${error.message}`)).toEqual([
      expect.stringMatching(new RegExp(`^mal\\.${name}: .*${message.source}`)),
    ])
  })

  test('makes a run fail with an index that comes while it reads, instead of having it evaluated', async () => {
    const selection = selectionOf({ ...profile, include: [patternOf('mal.plain')] }, { tables: [] })
    const context = { signal: new AbortController().signal, report: () => undefined }
    const counting = withDatabases(profile, context, ({ source }) =>
      withLiveSource(source, selection, 1, async ({ changes }) => {
        const table = { schema: 'mal', name: 'plain' }
        const count = () => changes?.countChanged([{ table, since: { xmin: '3' } }])
        expect((await count())?.[0]?.rows).toBe(196)
        await asSuperuser(pair.source.urlFor(mallory, mallory), (client) =>
          client.query(
            'CREATE INDEX harmless ON mal.plain ((v + 1)); CREATE INDEX late ON mal.plain ((v + mal.evil(1)))',
          ),
        )
        return count()
      }),
    )
    await expect(counting).rejects.toThrow(
      `mal.plain was changed while it was being read: a query would call mal.evil(integer) of role ${mallory} (index "late")`,
    )
    const { tables } = await runPlan(pair, { profile })
    const plain = tables.find(({ table }) => table.name === 'plain')
    expect(plain?.read.reason).toContain('(index "late")')
    await pair.source.client.query('DROP INDEX mal.late')
  })

  test('runs nothing of an owner that the configuration does not name, whatever comes while it reads', async () => {
    const trusting = { ...profile, from: { ...profile.from, trustedRoles: [] } }
    const { tables } = await runPlan(pair, { profile: trusting })
    expect(new Set(tables.map(({ read }) => read.reason))).toEqual(
      new Set(COMPARED.map((name) => expectedReason(mallory, name))),
    )
    await runSync(pair, { profile: trusting })
    expect(await contentOf(pair.target.client)).toEqual(await contentOf(pair.source.client))
    const where = [{ table: { schema: 'mal', name: 'plain' }, condition: 'id > 0' }]
    const { findings } = await runPlan(pair, { profile: { ...trusting, where } })
    expect(findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([
      `has a \`where\` condition that cannot be used: ${expectedReason(mallory, 'plain')}`,
    ])
  })

  test('is trusted with its functions if the configuration names it', async () => {
    await asSuperuser(pair.source.urlFor(mallory, mallory), (client) =>
      client.query(`CREATE FUNCTION mal.fine(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
        CREATE INDEX fine ON mal.plain ((v + mal.fine(1)))`),
    )
    await runSync(pair, { profile })
    const readOfPlain = async (trustedRoles?: readonly string[]) => {
      const from = { ...profile.from, ...(trustedRoles && { trustedRoles }) }
      const narrow = { ...profile, from, include: [patternOf('mal.plain')] }
      const { tables } = await runPlan(pair, { profile: narrow })
      return tables[0]?.read
    }
    expect((await readOfPlain())?.reason).toContain('a query would call mal.fine(integer)')
    await runSync(pair, {
      profile: {
        ...profile,
        from: { ...profile.from, trustedRoles: [mallory] },
        include: [patternOf('mal.plain')],
      },
    })
    expect(await readOfPlain([mallory])).toMatchObject({ kind: 'incremental' })
  })
})
