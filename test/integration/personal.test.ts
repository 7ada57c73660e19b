import { expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { surveySource } from '../../src/jobs/init/survey-source.ts'
import { findPrivate } from '../../src/jobs/privacy.ts'
import { withSource } from '../../src/run/databases.ts'
import { createDatabasePair } from '../support/databases.ts'
import { labelledTablesSql, readLabelledTables } from '../support/personal-tables.ts'
import { profileOf } from '../support/run-sync.ts'

const WATCH = {
  signal: new AbortController().signal,
  report: () => undefined,
  confirm: async () => 'yes' as const,
}

test('of many tables whose personal columns are known, nearly all of these are found, and few others', async () => {
  const tables = ['a', 'b', 'c', 'd', 'e'].flatMap((name) => readLabelledTables(`tables-${name}.txt`))
  const pair = await createDatabasePair({ sourceSql: labelledTablesSql(tables) })
  try {
    const { findings } = await findPrivate(profileOf(pair), { tables: [] }, WATCH)
    const found = new Set(findings.map(({ table, column }) => `${table.schema}.${table.name}.${column}`))
    const all = tables.flatMap(({ schema, name, columns }) =>
      columns.map((column) => ({ id: `${schema}.${name}.${column.name}`, isPersonal: column.isPersonal })),
    )
    const personal = all.filter(({ isPersonal }) => isPersonal)
    const missed = personal.filter(({ id }) => !found.has(id)).map(({ id }) => id)
    const wrong = all.filter(({ id, isPersonal }) => !isPersonal && found.has(id)).map(({ id }) => id)
    const hits = personal.length - missed.length
    expect(tables).toHaveLength(122)
    expect(hits / personal.length, `missed: ${missed.join(', ')}`).toBeGreaterThanOrEqual(0.95)
    expect(hits / found.size, `wrong: ${wrong.join(', ')}`).toBeGreaterThanOrEqual(0.95)
  } finally {
    await pair.drop()
  }
})

const RULES: Partial<Profile> = { privacy: 'strict' }

test('values are judged wherever they stand in a table, and masks are suggested that check takes', async () => {
  const wide = Array.from({ length: 180 }, (_, index) => `c${index}_id text`)
  const pair = await createDatabasePair({
    sourceSql: `
CREATE TABLE wide (id int PRIMARY KEY, ${wide.join(', ')});
INSERT INTO wide (id, c179_id) SELECT i, 'user' || i || '@mail.example' FROM generate_series(1, 40) i;
CREATE TABLE orders (id int PRIMARY KEY, total int);
INSERT INTO orders SELECT i, i FROM generate_series(1, 3000) i;
ALTER TABLE orders ADD kontakt2 text, ADD col1 text, ADD extra text[], ADD rare text;
INSERT INTO orders SELECT i, i, 'kunde' || i || '@gmx.example', CASE WHEN i % 3 = 0 THEN 'k' || i || '@gmx.example' ELSE '' END,
  ARRAY['', 'k' || i || '@gmx.example'], CASE WHEN i % 300 = 0 THEN '+49 170 ' || 1000000 + i ELSE '' END FROM generate_series(3001, 9000) i;
CREATE TABLE auth_user (id int PRIMARY KEY, username text NOT NULL UNIQUE, name text, email text NOT NULL DEFAULT '', first_name varchar(40));
INSERT INTO auth_user SELECT i, 'login' || i, 'Ada Lovelace', CASE WHEN i % 40 = 0 THEN 'u' || i || '@mail.example' ELSE '' END,
  (ARRAY['Ada', 'Maria', 'John'])[1 + i % 3] FROM generate_series(1, 400) i;
CREATE TABLE members (birth_date date PRIMARY KEY, ssn char(11) NOT NULL UNIQUE, email text NOT NULL CHECK (email LIKE '%@corp%'), phone varchar(30) CHECK (phone ~ '^[+]'), last_name text);
CREATE TABLE payments (id int PRIMARY KEY, x1 text, x2 text, x3 text, x4 text, x5 text, x6 text, x7 text);
INSERT INTO payments SELECT i, 4006381300000 + i, lpad((10000000 + i)::text, 10, '0'), to_char(date '2024-01-01' + i, 'MM/DD/YYYY'),
  (ARRAY['4111 1111 1111 1111', '5500005555555559', '378282246310005'])[1 + i % 3], '0' || i % 9 + 1 || '0 1234' || i + 100, '0101.21.' || i + 10,
  (ARRAY['490154203237518', '356938035643809'])[1 + i % 2]
FROM generate_series(1, 60) i;`,
  })
  try {
    const { findings } = await findPrivate(profileOf(pair, RULES), { tables: [] }, WATCH)
    const found = Object.fromEntries(
      findings.map(({ table, column, suggestion = 'none' }) => [`${table.name}.${column}`, suggestion]),
    )
    expect(found).toEqual({
      'wide.c179_id': 'email',
      'orders.kontakt2': 'email',
      'orders.col1': 'email',
      'orders.extra': null,
      'orders.rare': 'phone',
      'auth_user.username': 'hash',
      'auth_user.name': 'name',
      'auth_user.email': 'email',
      'auth_user.first_name': 'first-name',
      'members.birth_date': 'none',
      'members.ssn': 'none',
      'members.email': 'none',
      'members.phone': 'none',
      'members.last_name': 'last-name',
      'payments.x4': 'card',
      'payments.x5': 'phone',
    })
  } finally {
    await pair.drop()
  }
})

test('values show traits, streets, plates, tokens, places, letters in HTML, sentences about people, and columns of any of these', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
CREATE TABLE patients (id int PRIMARY KEY, first_name text, last_name text, email text);
CREATE TABLE facts (id int PRIMARY KEY, patient_id int REFERENCES patients, a text, b text, c text, d text, e jsonb, f text, g text, h text, i text, j jsonb);
INSERT INTO facts SELECT i, NULL, (ARRAY['verheiratet', 'ledig', 'verwitwet'])[1 + i % 3],
  (ARRAY['Lindenallee ', 'Kirchweg ', 'Hauptstraße '])[1 + i % 3] || i, 'HH-XK ' || 100 + i,
  '$2b$12$' || left(encode(sha256(i::text::bytea), 'hex'), 53), jsonb_build_object('lat', 48 + i / 1000.0, 'lng', 11 + i / 1000.0),
  '<p>Dear patient,</p><p>your results <b>have</b> arrived this week.</p>',
  (ARRAY['Tamsin', 'k' || i || '@gmx.example', '+49 170 ' || 1000000 + i, 'open'])[1 + i % 4],
  (ARRAY['open', 'closed', 'lost'])[1 + i % 3], 'v1.' || i || '.0',
  jsonb_build_object('mobile', jsonb_build_array('0170 ' || i, '0171 ' || i)) FROM generate_series(1, 60) i;
CREATE TABLE depots (id int PRIMARY KEY, a text, b text, e jsonb, remarks text, hints text, j jsonb);
INSERT INTO depots SELECT id, h, b, e, 'Frau Weber und ihr Sohn warten auf Nachricht ' || id, 'Ring the bell twice at gate ' || id, j FROM facts;`,
  })
  try {
    const { findings } = await findPrivate(profileOf(pair), { tables: [] }, WATCH)
    const found = findings.map(({ table, column, kind }) => `${table.name}.${column}: ${kind}`)
    expect(found.filter((each) => !each.startsWith('patients'))).toEqual([
      'depots.remarks: free text about a person',
      'depots.j: text with personal data',
      'facts.a: health, origin or belief',
      'facts.b: street or address',
      'facts.c: vehicle of a person',
      'facts.d: password or secret',
      'facts.e: place',
      'facts.f: free text about a person',
      'facts.g: text with personal data',
      'facts.j: description of a person',
    ])
  } finally {
    await pair.drop()
  }
})

test('values show mailboxes of functions, names to sign in with, and names within texts', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
CREATE TABLE app_users (id varchar(25) PRIMARY KEY, email text, team varchar(25));
INSERT INTO app_users SELECT left(chr(97 + i % 26) || 'weber', 6) || i, 'k' || i || '@gmx.example', 'red' FROM generate_series(1, 60) i;
CREATE TABLE gateways (id int PRIMARY KEY, reply_box text, forward_box text, mixed_box text);
INSERT INTO gateways SELECT i, (ARRAY['info', 'billing', 'no-reply'])[1 + i % 3] || '@firm.example',
  left(md5(i::text), 20) || '@in.example', (ARRAY['info', 'k.weber'])[1 + i % 2] || '@firm.example' FROM generate_series(1, 60) i;
CREATE TABLE statement_lines (id int PRIMARY KEY, purpose text, place text);
INSERT INTO statement_lines SELECT i, 'Beitrag ' || (ARRAY['Hannah Lehmann', 'Nummer ' || i])[1 + i % 2], 'Am Markt ' || i FROM generate_series(1, 60) i;`,
  })
  try {
    const { findings } = await findPrivate(profileOf(pair), { tables: [] }, WATCH)
    expect(findings.map(({ table, column }) => `${table.name}.${column}`)).toEqual([
      'app_users.id',
      'app_users.email',
      'gateways.mixed_box',
      'statement_lines.purpose',
    ])
  } finally {
    await pair.drop()
  }
})

test('init judges columns as privacy does before there are rows, by the tables that theirs refers to', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
CREATE TABLE inhabitants (id int PRIMARY KEY, first_name varchar(40), last_name varchar(40), email varchar(80));
CREATE TABLE stays (id int PRIMARY KEY, inhabitant int REFERENCES inhabitants, scan bytea);
CREATE TABLE doses (id int PRIMARY KEY, stay int REFERENCES stays, remark varchar(80), unit varchar(10));
CREATE TABLE parcels (id int PRIMARY KEY, remark varchar(80));`,
  })
  try {
    const profile = profileOf(pair)
    const { findings } = await findPrivate(profile, { tables: [] }, WATCH)
    const tables = await withSource(profile, WATCH, surveySource)
    const listed = tables.flatMap(({ name, personalColumns }) =>
      personalColumns.map((column) => `${name.name}.${column}`),
    )
    expect(listed).toContain('doses.remark')
    expect(listed.toSorted()).toEqual(
      findings.map(({ table, column }) => `${table.name}.${column}`).toSorted(),
    )
  } finally {
    await pair.drop()
  }
})
