import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { patternOf, runPlan, type TestRunOptions } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

const SCHEMA = `CREATE TABLE users (id int PRIMARY KEY, name text);
  CREATE TABLE orders (id int PRIMARY KEY, buyer int CONSTRAINT orders_buyer REFERENCES users);
  CREATE VIEW recent AS SELECT * FROM orders; CREATE SEQUENCE numbers; CREATE SCHEMA "Shop"; CREATE TABLE "Shop"."Odd.Name" (id int PRIMARY KEY);
  CREATE TABLE happenings (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE happenings_old PARTITION OF happenings DEFAULT;
  CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing; CREATE FOREIGN TABLE far (id int) SERVER elsewhere;`
const NOT_ASSURED =
  'note public.orders: foreign key "orders_buyer" to public.users is not guaranteed by the source (a table outside the run, a `where`, rows that stay, or no such key there): it is checked before COMMIT'
const onTable = (name: string, condition: string) => ({ table: { schema: 'public', name }, condition })
const patterns = (...texts: readonly string[]) => texts.map(patternOf)

describe('a selection', () => {
  let pair: DatabasePair
  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} CREATE TABLE gone (id int PRIMARY KEY)`,
      targetSql: `${SCHEMA} CREATE TABLE tickets (id int PRIMARY KEY); ALTER SEQUENCE numbers OWNED BY tickets.id; CREATE TABLE more (id int PRIMARY KEY)`,
    })
  })
  afterAll(() => pair?.drop())

  const cases: readonly { name: string; options: TestRunOptions; findings: readonly string[] }[] = [
    {
      name: 'includes what the source does not have, spelt almost right, otherwise or not at all',
      options: {
        profile: {
          include: patterns('public.users', 'public.user', 'public.Orders', 'public.recent', 'archive.*'),
        },
      },
      findings: [
        'error archive.*: this `include` pattern matches nothing in the source',
        '  Write schema.table as PostgreSQL spells it; case counts.',
        'error public.Orders: this `include` pattern matches nothing in the source',
        '  Write schema.table as PostgreSQL spells it; case counts. Did you mean public.orders?',
        'error public.recent: this `include` pattern matches no table in the source: public.recent is a view',
        '  Only tables and sequences are copied: name the tables that it reads from, or remove the pattern.',
        'error public.user: this `include` pattern matches nothing in the source',
        '  Write schema.table as PostgreSQL spells it; case counts. Did you mean public.users?',
        NOT_ASSURED,
      ],
    },
    {
      name: 'names a table on the command line that the source does not have',
      options: { tables: ['users', 'order'], profile: { include: patterns('public.*') } },
      findings: [
        'error public.order: this `--table` pattern matches nothing in the source',
        '  Write schema.table as PostgreSQL spells it; case counts. Did you mean public.orders?',
        NOT_ASSURED,
      ],
    },
    {
      name: 'excludes a partition, whose table it includes',
      options: { profile: { include: patterns('public.happenings'), exclude: patterns('public.*_old') } },
      findings: [
        'error public.happenings_old: is a partition of public.happenings, and cannot be excluded alone',
        '  Exclude the partitioned table, or give it a `where`.',
      ],
    },
    {
      name: 'names a partition without its table',
      options: { tables: ['users', 'happenings_old'], profile: { include: patterns('public.*') } },
      findings: [
        'error public.happenings_old: is a partition and not a table of its own',
        '  Name the partitioned table: its partitions are copied with it.',
        NOT_ASSURED,
      ],
    },
    {
      name: 'excludes what the source does not have',
      options: {
        profile: { include: patterns('public.users'), exclude: patterns('public.audit_*') },
      },
      findings: ['note public.audit_*: this `exclude` pattern matches nothing in the source', NOT_ASSURED],
    },
    {
      name: 'leaves no table over',
      options: { profile: { include: patterns('public.*', '"Shop".*'), exclude: patterns('*.*') } },
      findings: [
        'error production: the profile selects no table of the source',
        '  `include` and `exclude` of the profile select no table. The tables are in: Shop, public.',
      ],
    },
    {
      name: 'includes no table, which the command line does not change',
      options: { tables: ['users'], profile: { include: patterns('public.recent*', 'public.num*') } },
      findings: [
        'error production: the profile selects no table of the source',
        '  `include` and `exclude` of the profile select no table. The tables are in: Shop, public.',
        'error public.recent*: this `include` pattern matches no table in the source: public.recent is a view',
        '  Only tables and sequences are copied: name the tables that it reads from, or remove the pattern.',
      ],
    },
    {
      name: 'is narrowed on the command line to a table that it excludes',
      options: {
        tables: ['users', 'recent'],
        profile: { include: patterns('public.*'), exclude: patterns('public.users', 'public.recent') },
      },
      findings: [
        'error production: the profile selects no table of the source',
        '  Check --table: it names none of the tables that `include` and `exclude` select.',
        'error public.recent: this `--table` pattern matches no table in the source: public.recent is a view',
        '  Only tables and sequences are copied: name the tables that it reads from, or remove the pattern.',
      ],
    },
    {
      name: 'has conditions on a table that is excluded, missing in the target or unknown',
      options: {
        profile: {
          include: patterns('public.users', 'public.orders', 'public.gone'),
          exclude: patterns('public.orders'),
          where: [onTable('orders', 'true'), onTable('gone', 'true'), onTable('Users', 'true')],
        },
      },
      findings: [
        'error public."Users": has a `where` condition but is not among the tables of the run',
        '  Correct the name, or remove the condition.',
        'error public.gone: is missing in the target',
        "  Run the pending migrations on the target, create it with --create-schema, or leave the table out: exclude: ['public.gone'].",
        'error public.orders: has a `where` condition but is not among the tables of the run',
        '  Correct the name, or remove the condition.',
        NOT_ASSURED,
      ],
    },
    {
      name: 'is narrowed on the command line to tables without the condition',
      options: {
        tables: ['"Shop"."Odd.Name"'],
        profile: { where: [onTable('users', 'true'), onTable('nowhere', 'true')] },
      },
      findings: [],
    },
    {
      name: 'has conditions that the source cannot parse',
      options: {
        profile: {
          include: patterns('public.users', 'public.orders'),
          where: [onTable('users', 'nmae IS NULL'), onTable('orders', 'buyer > 0 -- of age')],
        },
      },
      findings: [
        'error public.users: its `where` condition is not valid: production: column "nmae" does not exist',
        '  Correct it in mbsync.yaml or on the command line. The search_path is empty: qualify functions, types and operators outside pg_catalog.',
        NOT_ASSURED,
      ],
    },
    {
      name: 'has a condition on a table that another one refers to',
      options: {
        profile: {
          include: patterns('public.users', 'public.orders'),
          where: [onTable('users', 'users.id > 0')],
        },
      },
      findings: [NOT_ASSURED],
    },
    {
      name: 'has a condition on a table that refers to another one',
      options: {
        profile: {
          include: patterns('public.users', 'public.orders'),
          where: [onTable('orders', 'buyer > 0')],
        },
      },
      findings: [],
    },
    {
      name: 'leaves out the parent of a foreign key',
      options: { profile: { include: patterns('public.orders') } },
      findings: [
        'note public.orders: foreign key "orders_buyer" refers to public.users: the run fails if the target lacks a row that is referred to',
        "  public.users is not part of the run. Copy it as well: add 'public.users' to include, or run with --table '*.*' --table public.users; or leave public.orders out, or limit its rows by a `where`.",
      ],
    },
    {
      name: 'leaves out the child of a foreign key',
      options: { profile: { include: patterns('public.users') } },
      findings: [NOT_ASSURED],
    },
    {
      name: 'holds a sequence that belongs to a table outside the run in the target',
      options: { profile: { include: patterns('public.numbers', '*.Odd*', '"Shop"."Odd.Name"') } },
      findings: ['note public.numbers: belongs to another table in the target and is left as it is'],
    },
    {
      name: 'holds tables of the target alone and a foreign table',
      options: { profile: { exclude: patterns('*.gone') } },
      findings: [
        'note public.far: is a foreign table and is not copied',
        'note public.more: is only in the target and is left as it is',
        'note public.tickets: is only in the target and is left as it is',
      ],
    },
  ]

  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_, { options, findings }) => {
    const lines = linesOf((await runPlan(pair, options)).findings)
    expect(lines).toEqual(findings)
  })
})

describe('a source without tables', () => {
  test.each([
    [
      'at all',
      '',
      'the source has no tables',
      'Check the database at the end of its URL: it is "the-database". A URL without a database means the one named like the user.',
    ],
    [
      'but with a view',
      'CREATE SEQUENCE s; CREATE VIEW v AS SELECT 1 AS one',
      'the source has no table of its own: public.v is a view',
      'Views, foreign tables and the tables of extensions are not copied. Check the database at the end of the URL: it is "the-database".',
    ],
    [
      'but those of an extension',
      'CREATE TABLE t (id int PRIMARY KEY); ALTER EXTENSION plpgsql ADD TABLE t',
      'the source has no table of its own: public.t is an object of an extension',
      'Views, foreign tables and the tables of extensions are not copied. Check the database at the end of the URL: it is "the-database".',
    ],
  ])('%s', async (_, sourceSql, message, hint) => {
    const pair = await createDatabasePair({ sourceSql, targetSql: 'CREATE TABLE t (id int)' })
    const { findings } = await runPlan(pair)
    await pair.drop()
    expect(findings.filter(({ subject }) => subject === 'production')).toEqual([
      {
        severity: 'error',
        code: 'selection',
        subject: 'production',
        message,
        hint: hint.replace('the-database', pair.source.name),
      },
    ])
  })
})

describe('encodings', () => {
  test.each([
    ['UTF8', 'UTF8', undefined],
    ['LATIN1', 'UTF8', undefined],
    ['LATIN1', 'LATIN1', undefined],
    ['SQL_ASCII', 'SQL_ASCII', undefined],
    ['UTF8', 'LATIN1', 'a character that LATIN1 cannot hold fails the run'],
    ['LATIN1', 'LATIN2', 'a character that LATIN2 cannot hold fails the run'],
    ['UTF8', 'SQL_ASCII', 'the target has no encoding (SQL_ASCII): text is stored as UTF8'],
    [
      'SQL_ASCII',
      'UTF8',
      'the source has no encoding (SQL_ASCII): text that is not valid UTF8 fails the run',
    ],
  ])('from %s to %s', async (from, to, message) => {
    const schema = 'CREATE TABLE t (id int PRIMARY KEY)'
    const pair = await createDatabasePair({
      sourceSql: schema,
      targetSql: schema,
      encoding: { source: from, target: to },
    })
    const { findings } = await runPlan(pair)
    await pair.drop()
    expect(linesOf(findings)).toEqual(message === undefined ? [] : [`note staging: ${message}`])
  })
})
