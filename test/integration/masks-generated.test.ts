import { expect, onTestFinished, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { maskedBy } from '../support/masks.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

test('what a mask breaks in columns that are generated from masked values is refused, or checked before COMMIT', async () => {
  const schema = `CREATE TABLE p (mail text PRIMARY KEY);
    CREATE TABLE c (id int PRIMARY KEY, email text, k text GENERATED ALWAYS AS (lower(email)) STORED CONSTRAINT tie REFERENCES p);
    CREATE TABLE t (id int PRIMARY KEY, name text, u text GENERATED ALWAYS AS (lower(name)) STORED UNIQUE, must text NOT NULL GENERATED ALWAYS AS (name || 'x') STORED,
      own text, plain text GENERATED ALWAYS AS (upper(own)) STORED UNIQUE, short text GENERATED ALWAYS AS (left(own, 3)) STORED CHECK (short <> 'use'));`
  const pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO p SELECT 'raw' || i FROM generate_series(1, 9) i; INSERT INTO c SELECT i, 'RAW' || i FROM generate_series(1, 9) i;
      INSERT INTO t (id, name, own) SELECT i, 'raw' || i, 'own' || i FROM generate_series(1, 9) i`,
    targetSql: schema,
  })
  onTestFinished(() => pair.drop())
  const refused = async (masks: Parameters<typeof maskedBy>[0]) => {
    const { findings } = await runPlan(pair, { profile: maskedBy(masks) })
    return linesOf(findings.filter(({ severity }) => severity === 'error')).filter(
      (line) => !line.startsWith('  '),
    )
  }
  expect(
    await refused({ 'public.c': { email: 'email' }, 'public.t': { name: 'name', own: 'email' } }),
  ).toEqual([
    'error public.c: column "email" cannot be masked: it decides the generated column "k", which is in foreign key "tie", whose ends could get different values',
    'error public.t: column "name" cannot be masked: it decides the generated column "u", which is in the unique index "t_u_key", and the masked values of two rows could be equal',
    'error public.t: column "own" cannot be masked: it decides the generated column "short", which has the check constraint "t_short_check", which the masked values might not meet',
  ])
  expect(await refused({ 'public.t': { name: null } })).toEqual([
    'error public.t: column "name" cannot be masked: it decides the generated column "must", which is NOT NULL, and `null` could break that',
  ])
  const allowed = (value: string) => ({
    ...maskedBy({ 'public.c': { email: { sql: value, allow: ['tie'] } } }),
  })
  await expect(runSync(pair, { profile: allowed(`'x' || length(email)`) })).rejects.toThrow(
    'public.c: rows would refer to rows that public.p does not have (foreign key "tie")',
  )
  await runSync(pair, { profile: allowed(`CASE WHEN id > 3 THEN 'RAW1' ELSE 'raw2' END`) })
  const { rows } = await pair.target.client.query('SELECT count(*)::int AS n FROM c JOIN p ON p.mail = c.k')
  expect(rows).toEqual([{ n: 9 }])
})
