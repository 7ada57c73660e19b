import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { maskedBy } from '../support/masks.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { createSwapPair } from '../support/swapped.ts'
import { targetFor } from '../support/target-modes.ts'

const SCHEMA = `CREATE TABLE users (id int PRIMARY KEY, email text, n int); CREATE TABLE bare (email text, n int);
  CREATE TABLE flags (id int PRIMARY KEY, email text); CREATE TABLE parts (id int PRIMARY KEY, email text) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (50); CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
  CREATE TABLE posts (id int PRIMARY KEY, by int REFERENCES users ON DELETE CASCADE, email text);`
const ROWS = `INSERT INTO users SELECT i, 'raw' || i, i FROM generate_series(1, 9) i; INSERT INTO bare SELECT email, n FROM users;
  INSERT INTO flags SELECT n, email FROM users; INSERT INTO parts SELECT n * 10, email FROM users; INSERT INTO posts SELECT n, n, email FROM users`
const MASKS = {
  'public.users': { email: 'email' },
  'public.bare': { email: 'email' },
  'public.flags': { email: 'email' },
  'public.parts': { email: 'email' },
  'public.posts': { email: 'email' },
}
const nameOf = (name: string) => ({ schema: 'public', name })
const KEEPING = {
  deletes: { others: 'keep' as const, tables: [] },
  keep: [
    { table: nameOf('users'), rows: 'n = 7' },
    { table: nameOf('flags'), rows: true as const },
  ],
}
const MASKED = { ...maskedBy(MASKS), ...KEEPING }
/** Every row of a table, with what is masked written as `masked`. */
const LISTED = (table: string) =>
  `SELECT coalesce(string_agg(row, ' ' ORDER BY row), '') AS rows FROM (SELECT regexp_replace(t::text, 'user-[0-9a-f]+@example.test', 'masked') AS row FROM ${table} t) s`

describe.each(['a superuser', 'a plain owner'] as const)('by %s', (mode) => {
  test('--purge takes kept rows that runs have brought before the masks, and none that staging has made or changed', async () => {
    const own = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
    onTestFinished(() => own.drop())
    const to = await targetFor(own, mode)
    const run = async (profile: object, more: object = {}) =>
      (await runSync(own, { profile: { to, ...profile }, ...more })).warnings.map(({ message }) => message)
    const listed = async (table: string) => (await own.target.client.query(LISTED(table))).rows[0].rows
    await run({})
    await own.target.client.query(`INSERT INTO users VALUES (100, 'own', 1), (101, NULL, 2); INSERT INTO bare VALUES ('own', 1);
      INSERT INTO flags VALUES (100, 'own'); INSERT INTO parts VALUES (100, 'own'); INSERT INTO posts VALUES (100, 3, 'own'); UPDATE users SET n = 20 WHERE id = 2`)
    await own.source.client.query(`DELETE FROM posts WHERE id <> 3; DELETE FROM users WHERE id IN (1, 2, 4); DELETE FROM bare WHERE n < 9;
      DELETE FROM parts WHERE id IN (10, 90); DELETE FROM flags WHERE id > 1`)
    const before = 'as a run has brought them before the masks, or before these changed'
    const first = await run(MASKED)
    expect(first.slice(0, -1).sort()).toEqual([
      `public.bare keeps up to 9 rows ${before}`,
      `public.flags keeps up to 9 rows ${before}`,
      `public.parts keeps up to 2 rows ${before}`,
      `public.posts keeps up to 8 rows ${before}`,
      `public.users keeps up to 3 rows ${before}`,
    ])
    expect(await listed('users')).toContain('(7,raw7,7)')
    await own.source.client.query(`INSERT INTO users VALUES (10, 'raw10', 10)`)
    const unknown = (table: string, rows: string) =>
      `public.${table} keeps ${rows} whose origin is unknown, so they may hold values from before the masks`
    expect((await run(MASKED, { purge: { takesUnknown: false } })).sort()).toEqual([
      unknown('bare', '1 row'),
      unknown('flags', '1 row'),
      unknown('parts', '1 row'),
      unknown('posts', '1 row'),
      unknown('users', '2 rows'),
    ])
    expect(await listed('users')).toBe(
      '(10,masked,10) (100,own,1) (101,,2) (2,raw2,20) (3,masked,3) (5,masked,5) (6,masked,6) (7,masked,7) (8,masked,8) (9,masked,9)',
    )
    expect(await listed('bare')).toBe('(masked,9) (own,1)')
    expect(await listed('flags')).toBe('(100,own)')
    expect(await listed('parts')).toMatch(/^\(100,own\) \(20,masked\) .* \(80,masked\)$/)
    expect(await listed('posts')).toBe('(100,3,own) (3,3,masked)')
    const { rows } = await own.target.client.query(
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'mbsync_undo'::regnamespace AND relkind = 'r'`,
    )
    expect(rows).toEqual([{ n: 0 }])
    // Nothing is left to be taken, so the tables are read as usual.
    const plan = await runPlan(own, { profile: { to, ...MASKED }, purge: { takesUnknown: false } as never })
    expect(plan.tables.find(({ table }) => table.name === 'users')?.read.kind).toBe('incremental')
    expect(await run(MASKED, { purge: { takesUnknown: true } })).toEqual([])
    expect(await listed('users')).toBe(
      '(10,masked,10) (101,,2) (3,masked,3) (5,masked,5) (6,masked,6) (7,masked,7) (8,masked,8) (9,masked,9)',
    )
    expect([await listed('bare'), await listed('flags'), await listed('posts')]).toEqual([
      '(masked,9)',
      '',
      '(3,3,masked)',
    ])
  }, 120_000)
})

test('rows that a run has written for another reason than that the source has them are not taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-masks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(
    join(folder, 'own.sql'),
    `INSERT INTO public.notes VALUES (100, 'own') ON CONFLICT DO NOTHING`,
  )
  const schema = `CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE); CREATE TABLE notes (id int PRIMARY KEY, email text);
    CREATE TABLE posts (id int PRIMARY KEY, by int REFERENCES users ON DELETE CASCADE, email text);`
  const own = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO users SELECT i, 'raw' || i FROM generate_series(1, 9) i; INSERT INTO posts SELECT id, id, email FROM users; INSERT INTO notes SELECT * FROM users`,
    targetSql: schema,
  })
  onTestFinished(() => own.drop())
  const masks = Object.fromEntries(
    ['users', 'posts', 'notes'].map((name) => [`public.${name}`, { email: 'email' }]),
  )
  const profile = {
    to: await targetFor(own, 'a plain owner'),
    deletes: KEEPING.deletes,
    after: { folder, patterns: ['own.sql'] },
  }
  await runSync(own, { profile })
  await own.target.client.query(`INSERT INTO posts VALUES (100, 3, 'own')`)
  const written = async () =>
    (await own.target.client.query(`SELECT xmin::text AS xmin FROM posts WHERE id = 100`)).rows[0].xmin
  const before = await written()
  // Its row is deleted and inserted, and so are those that refer to it.
  await own.source.client.query(
    `UPDATE users SET id = 30 WHERE false; UPDATE users SET email = 'raw-new' WHERE id = 3; DELETE FROM notes; DELETE FROM posts WHERE id <> 3`,
  )
  await runSync(own, { profile })
  expect(await written()).not.toBe(before)
  await runSync(own, { profile: { ...profile, ...maskedBy(masks) }, purge: { takesUnknown: false } as never })
  const { rows } =
    await own.target.client.query(`SELECT (SELECT email FROM posts WHERE id = 100) AS post, (SELECT email FROM notes WHERE id = 100) AS note,
    (SELECT count(*)::int FROM posts WHERE email LIKE 'raw%') AS posts`)
  expect(rows).toEqual([{ post: 'own', note: 'own', posts: 0 }])
})

test('a later run that deletes rows from before the masks leaves them in its undo set, which is found', async () => {
  const own = await createDatabasePair({
    sourceSql: `CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users SELECT i, 'raw' || i FROM generate_series(1, 9) i`,
    targetSql: 'CREATE TABLE users (id int PRIMARY KEY, email text)',
  })
  onTestFinished(() => own.drop())
  const masks = maskedBy({ 'public.users': { email: 'email' } })
  const run = async (more: object = {}, options: object = {}) =>
    (await runSync(own, { profile: { ...masks, undoRuns: 1, ...more }, ...options })).warnings.map(
      ({ message }) => message,
    )
  const { deletes } = KEEPING
  await runSync(own)
  await own.source.client.query('DELETE FROM users WHERE id = 1')
  await run({ deletes })
  await own.source.client.query('INSERT INTO users VALUES (10, NULL)')
  expect(await run({ deletes })).toHaveLength(1)
  expect(await run()).toEqual([
    'Values from before the masks are kept in 1 undo set of the target, and in dumps that were written of it',
  ])
  expect(await run({}, { purge: { takesUnknown: false } })).toEqual([])
})

test('a swap does not take over rows from before the masks, and says of which it does not know that', async () => {
  const schema = 'CREATE TABLE users (id int PRIMARY KEY, email text, n int); CREATE TABLE bare (email text);'
  const pair = await createSwapPair('a superuser', {
    sourceSql: `${schema} INSERT INTO users SELECT i, 'raw' || i, i FROM generate_series(1, 9) i; INSERT INTO bare SELECT email FROM users`,
    targetSql: schema,
  })
  onTestFinished(() => pair.drop())
  const masks = maskedBy({ 'public.users': { email: 'email' }, 'public.bare': { email: 'email' } })
  const profile = { to: pair.to, ...masks, deletes: KEEPING.deletes, strategy: 'swap' as const }
  await runSync(pair, { profile: { to: pair.to } })
  await pair.ask(`INSERT INTO users VALUES (100, 'own', 1)`)
  await pair.source.client.query('DELETE FROM users WHERE id = 1; DELETE FROM bare')
  await expect(runSync(pair, { profile })).rejects.toThrow(
    /public\.(users: 1 row|bare: 9 rows) that the swap would keep (is|are) as a run has brought/,
  )
  expect(await pair.beside()).toEqual([])
  expect(await pair.ask('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 10 }])
  await runSync(pair, { profile: { ...profile, strategy: 'merge' }, purge: { takesUnknown: false } as never })
  const { warnings } = await runSync(pair, { profile })
  expect(warnings.filter(({ message }) => !message.includes('previous database'))).toEqual([])
  expect(await pair.ask(`SELECT id FROM users WHERE email !~ 'example.test'`)).toEqual([{ id: 100 }])
  // The swap has written all rows, so nothing tells its own from those that it has kept.
  const other = maskedBy({ 'public.users': { email: 'hash' }, 'public.bare': { email: 'email' } })
  const again = await runSync(pair, { profile: { ...profile, ...other } })
  expect(again.warnings.map(({ message }) => message)).toContainEqual(
    'public.users: the swap has kept 1 row which may hold values from before the masks',
  )
}, 180_000)
