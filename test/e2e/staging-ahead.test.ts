import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const environment = ({ source, target }: DatabasePair) => ({
  PRODUCTION_DATABASE_URL: source.url,
  STAGING_DATABASE_URL: target.url,
})

describe('a staging that is a migration ahead', () => {
  const SCHEMA = `CREATE TYPE status AS ENUM ('draft', 'live');
    CREATE TABLE a (id int PRIMARY KEY, name varchar(50), amount int, legacy text, st status, code char(3), price numeric(8,2), flag int);`
  let pair: DatabasePair
  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} INSERT INTO a SELECT g, 'n', g, 'l', 'live', 'ab', 1.5, 1 FROM generate_series(1, 3) g`,
      targetSql: `${SCHEMA} ALTER TYPE status ADD VALUE 'archived'; ALTER TABLE a ALTER name TYPE varchar(255), ALTER amount TYPE bigint, DROP legacy,
        ALTER code TYPE text, ALTER price TYPE numeric(12,4), ADD nick text NOT NULL DEFAULT ''; ALTER TABLE a RENAME flag TO flags`,
    })
  })
  afterAll(() => pair?.drop())

  const config = (columns: string) => `
databases:
  production: { url: '${pair.source.url}', protected: true }
  staging: { url: '${pair.target.url}' }
profiles:
  nightly: { from: production, to: staging, columns: ${columns} }
`

  test('is refused for the columns that it lacks, with both ways out', async () => {
    const { exitCode, stdout } = await runHere(['check'], { env: environment(pair) })
    expect(exitCode).toBe(3)
    const text = stdout.replace(/\s+/g, ' ')
    expect(text).toContain('column "flag" is missing in the target, and was probably renamed: "flags" there')
    expect(text).toContain('ALTER TABLE "public"."a" RENAME COLUMN "flags" TO "flag", which keeps all values')
    expect(text).toContain('column "legacy" is missing in the target')
    expect(text).toContain(
      'Run the pending migrations on staging, or ALTER TABLE "public"."a" ADD COLUMN "legacy" text',
    )
    expect(text).toContain(`leave it out: columns: { 'public.a': { exclude: ['legacy'] } }`)
    expect(text).toContain(
      'column "amount" is integer in the source and bigint in the target, which takes every value',
    )
  })

  test('runs without them, and verify finds both sides equal', async () => {
    const files = { 'mbsync.yaml': config(`{ 'public."a"': { exclude: [legacy, flag] } }`) }
    expect(await runHere(['sync', 'nightly'], { files })).toMatchObject({ exitCode: 0 })
    const { rows } = await pair.target.client.query(
      'SELECT name, amount, code, price, nick FROM a WHERE id = 1',
    )
    expect(rows).toEqual([{ name: 'n', amount: '1', code: 'ab', price: '1.5000', nick: '' }])
    expect(await runHere(['verify', 'nightly'], { files })).toMatchObject({ exitCode: 0 })
  })
})

describe('a partition that only the source has', () => {
  const SCHEMA = `CREATE TABLE ev (id bigint, at date NOT NULL, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');`
  let pair: DatabasePair
  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2026-01-02') TO ('2026-01-03');
        INSERT INTO ev SELECT g, '2026-01-01', 'x' FROM generate_series(1, 50) g`,
      targetSql: SCHEMA,
    })
  })
  afterAll(() => pair?.drop())

  test('is a note as long as it is empty', async () => {
    const { exitCode, stdout } = await runHere(['check'], { env: environment(pair) })
    expect(exitCode).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `public.ev: lacks partitions in the target: FOR VALUES FROM ('2026-01-02') TO ('2026-01-03'); a row that belongs there fails the run`,
    )
    expect(await runHere(['sync'], { env: environment(pair) })).toMatchObject({ exitCode: 0 })
  })

  test('fails the run as a whole when a row belongs there, without a value of it', async () => {
    await pair.source.client.query(
      `UPDATE ev SET v = 'changed'; INSERT INTO ev VALUES (51, '2026-01-02', 's3cret')`,
    )
    const { exitCode, stdout, stderr } = await runHere(['sync'], { env: environment(pair) })
    const text = `${stdout} ${stderr}`.replaceAll('\\"', '"')
    expect(exitCode).toBe(1)
    expect(text).toContain(
      `public.ev: a row of the source fits no partition of it in the target (PARTITION BY RANGE (at)); only the source has FOR VALUES FROM ('2026-01-02') TO ('2026-01-03')`,
    )
    expect(text).toContain('or add a DEFAULT partition: CREATE TABLE … PARTITION OF "public"."ev" DEFAULT')
    expect(text).not.toContain('s3cret')
    const { rows } = await pair.target.client.query(`SELECT count(*)::int AS n FROM ev WHERE v = 'x'`)
    expect(rows).toEqual([{ n: 50 }])
  })
})

test('a table that a migration has moved to another schema is recognised', async () => {
  const moved = await createDatabasePair({
    sourceSql: 'CREATE TABLE orders (id int PRIMARY KEY, total int)',
    targetSql: 'CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, total int)',
  })
  const { exitCode, stdout } = await runHere(['check'], { env: environment(moved) })
  expect(exitCode).toBe(3)
  expect(stdout).toContain(
    'public.orders: is missing in the target, and was probably moved: shop.orders there has the same columns',
  )
  expect(stdout).toContain('ALTER TABLE "shop"."orders" SET SCHEMA "public", which keeps all rows')
  await moved.drop()
})
