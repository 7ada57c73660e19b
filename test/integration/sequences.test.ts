import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { patternOf, runRollback, runSync } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

/** What a table is called, what it is on each side, and what the next INSERT gets after a run. */
interface Case {
  readonly name: string
  readonly table: string
  readonly source: string
  readonly target: string
  readonly next: number
}

const ROWS =
  'SELECT setval(pg_get_serial_sequence(:t, :id), 9); INSERT INTO :q SELECT g FROM generate_series(1, 9) g'
const filled = (table: string) => ROWS.replace(':t', `'${table}'`).replace(':id', "'id'").replace(':q', table)

const numbered = (table: string, body: string) =>
  `CREATE SEQUENCE apart.${table}; CREATE TABLE ${table} (id int PRIMARY KEY);
  CREATE FUNCTION ${table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NEW; END $$;
  CREATE TRIGGER numbered BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}()`

const CASES: readonly Case[] = [
  {
    name: 'a sequence with another name',
    table: 'renamed',
    source: `CREATE TABLE renamed (id serial PRIMARY KEY); ${filled('renamed')}`,
    target:
      'CREATE TABLE renamed (id serial PRIMARY KEY); ALTER SEQUENCE renamed_id_seq RENAME TO another_name',
    next: 10,
  },
  {
    name: 'an identity column where the source has a serial one, of a partitioned table',
    table: 'parted',
    source: `CREATE TABLE parted (id serial PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parted_1 PARTITION OF parted DEFAULT; ${filled('parted')}`,
    target: `CREATE TABLE parted (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME of_its_own) PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE parted_1 PARTITION OF parted DEFAULT`,
    next: 10,
  },
  {
    name: 'a sequence in a schema that is left out, which a default uses',
    table: 'elsewhere',
    source: `CREATE SEQUENCE apart.numbers; CREATE TABLE elsewhere (id int PRIMARY KEY DEFAULT nextval('apart.numbers'));
      INSERT INTO elsewhere SELECT nextval('apart.numbers') FROM generate_series(1, 9)`,
    target: `CREATE SEQUENCE apart.numbers; CREATE TABLE elsewhere (id int PRIMARY KEY DEFAULT nextval('apart.numbers'))`,
    next: 10,
  },
  {
    name: 'a sequence in a schema that is left out, which the default of a domain uses',
    table: 'by_domain',
    source: `CREATE SEQUENCE apart.of_domain; CREATE DOMAIN numbered AS int DEFAULT nextval('apart.of_domain'); CREATE TABLE by_domain (id numbered PRIMARY KEY);
      INSERT INTO by_domain SELECT nextval('apart.of_domain') FROM generate_series(1, 9)`,
    target: `CREATE SEQUENCE apart.of_domain; CREATE DOMAIN numbered AS int DEFAULT nextval('apart.of_domain'); CREATE TABLE by_domain (id numbered PRIMARY KEY)`,
    next: 10,
  },
  {
    name: 'a sequence in a schema that is left out, which a function takes numbers of for a default',
    table: 'by_function',
    source: `CREATE SEQUENCE apart."Of function"; CREATE FUNCTION next_number() RETURNS int LANGUAGE sql AS $$ SELECT nextval( 'apart."Of function"')::int $$;
      CREATE TABLE by_function (id int PRIMARY KEY DEFAULT next_number()); INSERT INTO by_function SELECT next_number() FROM generate_series(1, 9)`,
    target: `CREATE SEQUENCE apart."Of function"; CREATE FUNCTION next_number() RETURNS int LANGUAGE sql AS $$ SELECT nextval( 'apart."Of function"')::int $$;
      CREATE TABLE by_function (id int PRIMARY KEY DEFAULT next_number())`,
    next: 10,
  },
  {
    name: 'a sequence in a schema that is left out, which a trigger takes numbers of',
    table: 'by_trigger',
    source: `${numbered('by_trigger', "IF NEW.id IS NULL THEN NEW.id := nextval('apart.by_trigger'); END IF;")}; INSERT INTO by_trigger SELECT NULL FROM generate_series(1, 9)`,
    target: `${numbered('by_trigger', "IF NEW.id IS NULL THEN NEW.id := nextval('apart.by_trigger'); END IF;")}; ALTER SEQUENCE apart.by_trigger OWNER TO :role`,
    next: 10,
  },
  {
    name: 'a sequence that a trigger selects numbers of, as tools that convert from Oracle write it',
    table: 'by_select',
    source: `${numbered('by_select', `SELECT nextval('apart.by_select') INTO STRICT new."id";`)}; INSERT INTO by_select SELECT NULL FROM generate_series(1, 9)`,
    target: `${numbered('by_select', `SELECT nextval('apart.by_select') INTO STRICT new."id";`)}; ALTER SEQUENCE apart.by_select OWNER TO :role`,
    next: 10,
  },
  {
    name: 'a sequence that rows outside the run share',
    table: 'inside',
    source: `CREATE SEQUENCE shared; CREATE TABLE inside (id int PRIMARY KEY DEFAULT nextval('shared')); CREATE TABLE outside (id int PRIMARY KEY DEFAULT nextval('shared'));
      INSERT INTO inside SELECT nextval('shared') FROM generate_series(1, 9)`,
    target: `CREATE SEQUENCE shared; CREATE TABLE inside (id int PRIMARY KEY DEFAULT nextval('shared')); CREATE TABLE outside (id int PRIMARY KEY DEFAULT nextval('shared'));
      INSERT INTO outside SELECT nextval('shared') FROM generate_series(1, 30)`,
    next: 31,
  },
  {
    name: 'a sequence that a column of the target alone uses, too',
    table: 'ticketed',
    source: `CREATE TABLE ticketed (id serial PRIMARY KEY); ${filled('ticketed')}; CREATE SEQUENCE ticket_no; SELECT setval('ticket_no', 3)`,
    target: `CREATE TABLE ticketed (id serial PRIMARY KEY); ${filled('ticketed')}; CREATE SEQUENCE ticket_no;
      ALTER TABLE ticketed ADD ticket int UNIQUE DEFAULT nextval('ticket_no'), OWNER TO :role; ALTER SEQUENCE ticket_no OWNER TO :role`,
    next: 10,
  },
  {
    name: 'a sequence that counts in the other direction',
    table: 'turned',
    source: `CREATE TABLE turned (id serial PRIMARY KEY); ${filled('turned')}`,
    target: `CREATE SEQUENCE turning INCREMENT -1 MINVALUE -1000 MAXVALUE 1000 START -1; ALTER SEQUENCE turning OWNER TO :role;
      CREATE TABLE turned (id int PRIMARY KEY DEFAULT nextval('turning'))`,
    next: -1,
  },
  {
    name: 'one sequence where the source has two',
    table: 'two',
    source: `CREATE TABLE two_a (id serial PRIMARY KEY); CREATE TABLE two (id serial PRIMARY KEY); ${filled('two_a')}; ${filled('two')};
      SELECT setval('two_a_id_seq', 40)`,
    target: `CREATE SEQUENCE for_two; CREATE TABLE two_a (id int PRIMARY KEY DEFAULT nextval('for_two')); CREATE TABLE two (id int PRIMARY KEY DEFAULT nextval('for_two'))`,
    next: 41,
  },
  {
    name: 'a sequence of a column that the source fills in another way',
    table: 'by_hand',
    source:
      'CREATE TABLE by_hand (id bigint PRIMARY KEY); INSERT INTO by_hand VALUES (7), (12), (9223372036854775807)',
    target: 'CREATE TABLE by_hand (id bigserial PRIMARY KEY); ALTER SEQUENCE by_hand_id_seq MAXVALUE 1000000',
    next: 13,
  },
  {
    name: 'a sequence that counts down, of such a column',
    table: 'down',
    source: 'CREATE TABLE down (id int PRIMARY KEY); INSERT INTO down VALUES (-3), (-8), (5)',
    target: `CREATE SEQUENCE downward INCREMENT -2; CREATE TABLE down (id int PRIMARY KEY DEFAULT nextval('downward'))`,
    next: -10,
  },
  {
    name: 'a sequence that the role does not own and may set, forward',
    table: 'lent',
    source: `CREATE TABLE lent (id serial PRIMARY KEY); ${filled('lent')}`,
    target:
      'CREATE TABLE lent (id serial PRIMARY KEY); ALTER TABLE lent OWNER TO CURRENT_USER; GRANT SELECT, UPDATE ON lent_id_seq TO :role',
    next: 10,
  },
  {
    name: 'a sequence that the role does not own and may set, back',
    table: 'lent_back',
    source: `CREATE TABLE lent_back (id serial PRIMARY KEY); ${filled('lent_back')}`,
    target: `CREATE TABLE lent_back (id serial PRIMARY KEY); ALTER TABLE lent_back OWNER TO CURRENT_USER; SELECT setval('lent_back_id_seq', 99); GRANT SELECT, UPDATE ON lent_back_id_seq TO :role`,
    next: 10,
  },
  {
    name: 'a sequence that the role may set and not read',
    table: 'blind',
    source: `CREATE TABLE blind (id serial PRIMARY KEY); ${filled('blind')}`,
    target:
      'CREATE TABLE blind (id serial PRIMARY KEY); ALTER TABLE blind OWNER TO CURRENT_USER; GRANT UPDATE ON blind_id_seq TO :role',
    // Each run and rollback takes a number to learn where it stands.
    next: 13,
  },
]

const REFUSED = 'CREATE TABLE denied (id serial PRIMARY KEY); CREATE TABLE spent (id serial PRIMARY KEY)'
const SPENT = `ALTER TABLE spent OWNER TO CURRENT_USER; SELECT setval('spent_id_seq', 2147483647); GRANT UPDATE ON spent_id_seq TO :role`

/** One run as a role that owns some of the tables, with a schema left out; each test looks at its own table. */
describe('after a run', () => {
  let pair: DatabasePair
  let to: DatabaseConfig
  let result: RunResult
  let before: Record<string, string>
  let rolledBack: Record<string, string>
  const next = new Map<string, number>()

  beforeAll(async () => {
    const role = await createRole(inject('targetUrl'))
    const sqlOf = (side: 'source' | 'target', more: string) =>
      ['CREATE SCHEMA apart', ...CASES.map((each) => each[side]), more].join(';\n').replaceAll(':role', role)
    pair = await createDatabasePair({
      sourceSql: sqlOf('source', `${REFUSED}; ${filled('denied')}`),
      targetSql: sqlOf('target', `${REFUSED}; ${SPENT}`),
    })
    const { name, client, urlFor } = pair.target
    await client.query(`GRANT CREATE ON DATABASE ${name} TO ${role}; GRANT USAGE ON SCHEMA public, apart TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
      ALTER TABLE renamed OWNER TO ${role}; ALTER TABLE parted OWNER TO ${role}; GRANT CREATE ON SCHEMA public TO ${role};
      ALTER TABLE by_hand OWNER TO ${role}; ALTER SEQUENCE shared OWNER TO ${role}; ALTER SEQUENCE for_two OWNER TO ${role}; ALTER SEQUENCE downward OWNER TO ${role};
      GRANT CREATE ON SCHEMA apart TO ${role}; ALTER SEQUENCE apart.numbers OWNER TO ${role};
      ALTER SEQUENCE apart.of_domain OWNER TO ${role}; ALTER SEQUENCE apart."Of function" OWNER TO ${role}`)
    await asSuperuser(inject('targetUrl'), (admin) =>
      admin.query(`GRANT SET ON PARAMETER session_replication_role TO ${role}`),
    )
    to = { name: 'staging', isProtected: false, url: urlFor(role, role) }
    before = await positions()
    const profile = { to, exclude: ['apart.*', 'public.outside'].map(patternOf) }
    result = await runSync(pair, { profile })
    const second = await runSync(pair, { profile })
    expect(second.sequencesSet).toBe(0)
    await runRollback(pair, { profile })
    await runRollback(pair, { profile })
    rolledBack = await positions()
    await runSync(pair, { profile })
    for (const { table } of CASES) {
      const { rows } = await client.query(`INSERT INTO "${table}" DEFAULT VALUES RETURNING id::int`)
      next.set(table, rows[0].id)
    }
  })
  afterAll(() => pair.drop())

  async function positions(): Promise<Record<string, string>> {
    const { rows } = await pair.target.client.query(
      `SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences WHERE schemaname IN ('public', 'apart') ORDER BY 1`,
    )
    const all: Record<string, string> = {}
    for (const { name } of rows) {
      const { rows: found } = await pair.target.client.query(
        `SELECT (last_value, is_called)::text AS at FROM ${name}`,
      )
      all[name] = found[0].at
    }
    return all
  }

  test.each(CASES.map(({ name, table, next: expected }) => [name, table, expected] as const))(
    'an INSERT gets a free number of %s',
    (_, table, expected) => {
      expect(next.get(table)).toBe(expected)
    },
  )

  test('an import of a dump finds sequences by their columns, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-sequences-'))
    const dump = join(folder, 'dump')
    await runExport(pair, dump, { tables: ['public.renamed', 'public.elsewhere'] })
    const { client } = pair.target
    await client.query(`SELECT setval('another_name', 1), setval('apart.numbers', 1)`)
    await runImport(pair, dump, { to, tables: ['public.renamed', 'public.elsewhere'] })
    const { rows } = await client.query(
      `SELECT nextval('another_name')::int AS renamed, nextval('apart.numbers')::int AS elsewhere`,
    )
    rmSync(folder, { recursive: true })
    expect(rows).toEqual([{ renamed: 10, elsewhere: 10 }])
  })

  test('a sequence that may not be set is a note that names the tables and the cure', () => {
    expect(linesOf(result.notes).filter((line) => line.includes('denied'))).toEqual([
      'note public.denied_id_seq: may not be set in the target and stays as it is: INSERTs into public.denied may get numbers that rows of the source already have',
      `  GRANT SELECT, UPDATE ON SEQUENCE "public"."denied_id_seq" TO …, or run as its owner. To leave it alone without this note: exclude: ['public.denied_id_seq'].`,
    ])
  })

  test('rollbacks set back all but what can be set and not read', () => {
    const { 'public.blind_id_seq': _, ...known } = before
    expect(rolledBack).toMatchObject(known)
    expect(Object.keys(rolledBack)).toEqual(Object.keys(before))
  })
})
