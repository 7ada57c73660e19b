import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { withReadTarget } from '../../src/run/databases.ts'
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
 * Tables with everything on them that could call a function. Each calls `evil`, which fails whatever calls it as the reader. The functions belong to
 * a role without other rights, in its schema `mal`; the tables to an administrator, in `own`, except `hers`.
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
CREATE TABLE hers (id int PRIMARY KEY, v int);
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
INSERT INTO hers SELECT i, i FROM generate_series(1, 200) i;
`
const COMPARED = [...NUMBERED, 'keyless', 'enumerated', 'composed', 'typed']

/** Moves the tables out of the hands of whoever has made them. */
const OWNED = `CREATE SCHEMA own; ${[...COMPARED, 'parted_1']
  .map(
    (name) =>
      `ALTER TABLE IF EXISTS mal.${name} OWNER TO CURRENT_USER; ALTER TABLE IF EXISTS mal.${name} SET SCHEMA own;`,
  )
  .join('\n')}`

/** Each must be copied alone, and says why. */
const COPIED = ['indexed', 'partial', 'measured', 'inlined', 'operated', 'keyless', 'parted']

/** Why a table of hers is only copied. */
const isHers = (owner: string) => `mal.hers is in the hands of role ${owner}, which \`trust\` does not name`

async function contentOf(client: pg.Client): Promise<unknown> {
  const content: Record<string, unknown> = {}
  for (const name of [...COMPARED.map((each) => `own.${each}`), 'mal.hers']) {
    const { rows } = await client.query(`SELECT * FROM ${name} ORDER BY 1`)
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
        `${TABLES} ${TRAPS.replaceAll(':reader', reader)} ${ROWS}; RESET ALL; RESET ROLE; ${OWNED}
         GRANT pg_read_all_data TO ${reader}; ALTER ROLE ${reader} BYPASSRLS`,
      ),
      targetSql: schema('', `${TABLES} ${TARGET_ONLY}; RESET ALL; ${OWNED}`),
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
          await client.query(`SELECT count(*) FROM ONLY own.${name}`).then(
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
        .map((name) => `DELETE FROM own.${name} WHERE id::int % 50 = 7`)
        .join(';'),
    )
    await pair.source.client.query(
      `DELETE FROM own.enumerated WHERE id = 'ok'; UPDATE own.plain SET v = 0 WHERE id = 3; UPDATE own.indexed SET v = 0 WHERE id = 3;
       DELETE FROM mal.hers WHERE id % 50 = 7; UPDATE mal.hers SET v = 0 WHERE id = 3`,
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
    expect(readOf.get('hers')).toMatchObject({ kind: 'full', reason: isHers(mallory) })
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

  test('runs nothing in a verification, which copies what it may not query', async () => {
    const { exitCode, stdout, stderr } = await runHere(['verify', '--json'], { env: env() })
    expect(stderr).not.toContain('evil has run')
    const { tables } = JSON.parse(stdout)
    const statuses = new Map(
      tables.map(({ table, status }: { table: string; status: string }) => [table, status]),
    )
    for (const name of COMPARED) expect([name, statuses.get(`own.${name}`)]).toEqual([name, 'equal'])
    expect(statuses.get('mal.hers')).toBe('equal')
    expect(exitCode).toBe(0)
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
      'id IN (SELECT id FROM own.partial)',
      /a query would call mal\.evil\(integer\)/,
    ],
    [
      'over a table of another owner',
      'plain',
      'id IN (SELECT id FROM mal.hers)',
      /mal\.hers is in the hands of role/,
    ],
    ['over a view', 'plain', 'id IN (SELECT id FROM mal.seen)', /non-system view|which is not a table/],
    ['that closes a parenthesis', 'plain', 'id > 0) OR (true', /is not valid/],
    ['that is two statements', 'plain', 'true; SELECT mal.evil(1)', /is not valid/],
    ['that ends in a comment', 'plain', 'true /*', /is not valid/],
    ['that is a whole query', 'plain', 'true UNION SELECT', /is not valid/],
  ])('cannot use a condition %s', async (_, name, condition, message) => {
    const where = [{ table: { schema: 'own', name }, condition }]
    const { findings } = await runPlan(pair, {
      profile: { ...profile, include: [patternOf(`own.${name}`)], where },
    })
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors.map((error) => `${error.subject}: ${error.message}`)).toEqual([
      expect.stringMatching(new RegExp(`^own\\.${name}: .*${message.source}`)),
    ])
  })

  test('has nothing evaluated of what she adds to her tables while they are read, with any condition or mask', async () => {
    const her = { ...profile, include: [patternOf('mal.hers')] }
    const { findings } = await runPlan(pair, { profile: her })
    expect(findings).toContainEqual({
      code: 'trust',
      severity: 'note',
      subject: 'production',
      message: `a query over tables of role ${mallory} could run its code with the rights of ${reader}, so they are only copied, in full: mal.hers`,
      hint: expect.stringContaining(`trust: [${mallory}]`),
    })
    // Dropping an index waits for readers, and keeps others from coming; making one does neither.
    let made = 0
    let isOver = false
    const adding = asSuperuser(pair.source.urlFor(mallory, mallory), async (client) => {
      while (!isOver) {
        made += 1
        await client.query(`CREATE INDEX late_${made} ON mal.hers ((v + mal.evil(1)))`)
        await sleep(20)
      }
    })
    try {
      for (let run = 0; run < 3; run += 1) {
        await pair.source.client.query('UPDATE mal.hers SET v = v + 1 WHERE id % 3 = 0')
        await runSync(pair, { profile: her })
        expect(await contentOf(pair.target.client)).toEqual(await contentOf(pair.source.client))
      }
    } finally {
      isOver = true
      await adding
      const names = Array.from({ length: made }, (_, index) => `mal.late_${index + 1}`)
      await pair.source.client.query(`DROP INDEX ${names.join(', ')}`)
    }
    const table = { schema: 'mal', name: 'hers' }
    const messagesOf = async (more: Partial<typeof profile>) =>
      (await runPlan(pair, { profile: { ...her, ...more } })).findings
        .filter(({ severity }) => severity === 'error')
        .map(({ message }) => message)
    expect(await messagesOf({ where: [{ table, condition: 'id > 0' }] })).toEqual([
      `has a \`where\` condition that cannot be used: ${isHers(mallory)}`,
    ])
  })

  test('makes reading a target fail with an index that comes meanwhile, instead of having it evaluated', async () => {
    const selection = selectionOf({ ...profile, include: [patternOf('mal.hers')] }, { tables: [] })
    const context = { signal: new AbortController().signal, report: () => undefined }
    const counting = withReadTarget({ to: profile.from, timeouts: profile.timeouts }, context, (target) =>
      withLiveSource(target, selection, 1, async ({ changes }) => {
        const table = { schema: 'mal', name: 'hers' }
        const count = () => changes?.countChanged([{ table, since: { xmin: '3' } }])
        expect((await count())?.[0]?.rows).toBe(196)
        await asSuperuser(pair.source.urlFor(mallory, mallory), (client) =>
          client.query(
            'CREATE INDEX harmless ON mal.hers ((v + 1)); CREATE INDEX late ON mal.hers ((v + mal.evil(1)))',
          ),
        )
        return count()
      }),
    )
    await expect(counting).rejects.toThrow(
      `mal.hers was changed while it was being read: a query would call mal.evil(integer) of role ${mallory} (index "late")`,
    )
    await pair.source.client.query('DROP INDEX mal.late')
  })

  test('is trusted with its functions if the configuration names it', async () => {
    const her = { ...profile, include: [patternOf('mal.hers')] }
    const trusting = { ...her, from: { ...her.from, trustedRoles: [mallory] } }
    await runSync(pair, { profile: trusting })
    const readOf = async (asked: typeof her) => (await runPlan(pair, { profile: asked })).tables[0]?.read
    expect((await readOf(her))?.reason).toBe(isHers(mallory))
    await untilSettled(pair.source.client)
    expect(await readOf(trusting)).toMatchObject({ kind: 'incremental' })
    expect((await readOf({ ...her, from: { ...her.from, trustedRoles: [reader] } }))?.reason).toBe(
      isHers(mallory),
    )
  })
})
