import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { displayName } from '../../src/core/table-name.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { SkippedTable } from '../../src/transfer/inspect/drift.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { patternOf, profileOf, runPlan, runSync, type TestRunOptions } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

const SHOP = `CREATE SCHEMA shop; SET search_path TO shop;
  CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE moods (id int PRIMARY KEY, mood mood); CREATE TABLE lonely (id int PRIMARY KEY);
  CREATE TABLE regions (id int PRIMARY KEY); CREATE TABLE customers (id int PRIMARY KEY, region int REFERENCES regions);
  CREATE TABLE orders (id int PRIMARY KEY, customer int CONSTRAINT orders_customer REFERENCES customers, total int);
  CREATE TABLE items (id int PRIMARY KEY, "order" int CONSTRAINT items_order REFERENCES orders);
  CREATE TABLE notes (id int PRIMARY KEY, item int CONSTRAINT notes_item REFERENCES items);
  CREATE TABLE audit (id int PRIMARY KEY, customer int CONSTRAINT audit_customer REFERENCES customers ON DELETE CASCADE);
  INSERT INTO regions SELECT generate_series(1, 3); INSERT INTO customers SELECT g, g FROM generate_series(1, 3) AS g;
  INSERT INTO orders SELECT g, g, g FROM generate_series(1, 3) AS g; INSERT INTO items SELECT g, g FROM generate_series(1, 3) AS g;
  INSERT INTO notes SELECT g, g FROM generate_series(1, 3) AS g; INSERT INTO audit SELECT g, g FROM generate_series(1, 3) AS g;
  INSERT INTO moods VALUES (1, 'ok'); INSERT INTO lonely VALUES (1);`
const STAFF = `CREATE SCHEMA staff; SET search_path TO staff;
  CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE logins (id int PRIMARY KEY, "user" int CONSTRAINT logins_user REFERENCES users);
  INSERT INTO users SELECT generate_series(1, 3); INSERT INTO logins SELECT g, g FROM generate_series(1, 3) AS g;`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SHOP} CREATE TABLE new_one (id int PRIMARY KEY); CREATE TABLE new_two (id int PRIMARY KEY); CREATE SEQUENCE new_numbers;
      ALTER TYPE mood ADD VALUE 'new'; INSERT INTO lonely VALUES (2); INSERT INTO customers VALUES (4, 1);
      INSERT INTO orders VALUES (4, 4, 4); INSERT INTO items VALUES (4, 4); INSERT INTO audit VALUES (4, 4); ${STAFF}`,
    targetSql: `${SHOP} ALTER TABLE orders ALTER total TYPE text;
      CREATE TABLE stickers (id int PRIMARY KEY); ALTER TABLE notes ADD sticker int REFERENCES stickers; ${STAFF}
      INSERT INTO users VALUES (77); CREATE TABLE flags (id int PRIMARY KEY, "user" int CONSTRAINT flags_user REFERENCES users ON DELETE CASCADE);
      INSERT INTO flags VALUES (1, 77);`,
  })
})
afterAll(() => pair?.drop())

const reasonsOf = (skipped: readonly SkippedTable[]) =>
  Object.fromEntries(skipped.map(({ table, reason }) => [displayName(table), reason]))

const idsOf = async (side: 'source' | 'target', table: string) => {
  const { rows } = await pair[side].client.query(`SELECT id FROM ${table} ORDER BY id`)
  return rows.map(({ id }) => id)
}

describe('drift that is skipped', () => {
  const options: TestRunOptions = { skipsDrift: true, profile: { include: [patternOf('shop.*')] } }
  const UNFIT = {
    'shop.moods': "type shop.mood: lacks 'new' in the target",
    'shop.new_numbers': 'is a sequence that the target lacks',
    'shop.new_one': 'is missing in the target',
    'shop.new_two': 'is missing in the target',
    'shop.orders': 'column "total" is integer in the source and text in the target',
    'shop.items': 'refers to shop.orders, which is left as it is (foreign key "items_order")',
    'shop.notes': 'refers to shop.items, which is left as it is (foreign key "notes_item")',
  }

  test('leaves tables that do not fit, and those that refer to them, as they are, and brings over all others', async () => {
    const plan = await runPlan(pair, options)
    expect(reasonsOf(plan.skipped)).toEqual(UNFIT)
    const { skipped, warnings, tables } = await runSync(pair, options)
    expect(skipped).toEqual(plan.skipped)
    expect(warnings[0]?.message).toBe(`shop.items was left as it was: ${UNFIT['shop.items']}`)
    expect(tables.map(({ table }) => table.name)).toEqual(['audit', 'customers', 'lonely', 'regions'])
    expect(await idsOf('target', 'shop.lonely')).toEqual([1, 2])
    expect(await idsOf('target', 'shop.orders')).toEqual([1, 2, 3])
  })

  test('verify does not compare what a run leaves, and nothing else differs', async () => {
    const profile = profileOf(pair, options.profile)
    const context = {
      signal: new AbortController().signal,
      report: () => undefined,
      confirm: async () => 'yes' as const,
    }
    const { tables } = await verify(
      profile,
      { tables: [], skipsDrift: true, samplePercent: 100, limit: 10 },
      context,
    )
    const left = tables.filter(({ status }) => status === 'not compared')
    expect(left.map(({ table: { name }, isSkipped }) => [name, isSkipped])).toEqual(
      ['items', 'moods', 'new_one', 'new_two', 'notes', 'orders'].map((name) => [name, true]),
    )
    expect(tables.filter(({ status }) => status === 'equal')).toHaveLength(tables.length - left.length)
  })

  test('a table that has lost rows to which a skipped one refers is left as it is, too', async () => {
    await pair.source.client.query(`DELETE FROM shop.notes WHERE id = 3; DELETE FROM shop.items WHERE id = 3;
      DELETE FROM shop.orders WHERE id = 3; DELETE FROM shop.customers WHERE id = 3; DELETE FROM shop.regions WHERE id = 3; INSERT INTO shop.lonely VALUES (3)`)
    const { skipped } = await runSync(pair, options)
    expect(reasonsOf(skipped)).toEqual({
      ...UNFIT,
      'shop.audit': 'refers to shop.customers, which is left as it is (foreign key "audit_customer")',
      'shop.customers':
        'lacks rows in the source that 1 row of shop.orders, which is left as it is, refers to (foreign key "orders_customer")',
      'shop.regions':
        'lacks rows in the source that 1 row of shop.customers, which is left as it is, refers to (foreign key "customers_region_fkey")',
    })
    expect(await idsOf('target', 'shop.lonely')).toEqual([1, 2, 3])
    expect(await idsOf('target', 'shop.customers')).toEqual([1, 2, 3, 4])
  })

  test('what was left is brought over once it fits', async () => {
    await pair.target.client.query('ALTER TABLE shop.orders ALTER total TYPE int USING total::int')
    const { skipped } = await runSync(pair, options)
    expect(skipped.map(({ table }) => table.name)).toEqual(['moods', 'new_numbers', 'new_one', 'new_two'])
    for (const table of ['regions', 'customers', 'orders', 'items', 'notes', 'audit'])
      expect(await idsOf('target', `shop.${table}`), table).toEqual(await idsOf('source', `shop.${table}`))
  })

  test.each([
    ['that leaves nothing to bring over', ['shop.moods', 'shop.new_one']],
    ['beside a pattern that matches nothing', ['shop.moods', 'shop.lonely', 'shop.no_such_table']],
  ])('drift %s refuses the run', async (_, tables) => {
    await expect(runSync(pair, { ...options, tables })).rejects.toThrow(/^Validation found/)
  })

  test('without it, tables that are missing are one problem with one cure', async () => {
    const plan = await runPlan(pair, { ...options, skipsDrift: false })
    const missing = plan.findings.filter(({ code }) => code === 'table')
    expect(linesOf(missing)).toEqual([
      `error staging: 2 of the 10 tables are missing in the target: shop.new_one, shop.new_two`,
      "  Run the pending migrations on the target, create them with --create-schema, or leave the tables out: exclude: ['shop.new_one', 'shop.new_two'].",
    ])
  })
})

describe('rows that would refer to rows that are not there are found before a run', () => {
  const profile = { include: [patternOf('staff.*')] }
  const orphansIn = async (options: TestRunOptions) => {
    const { findings } = await runPlan(pair, { profile, ...options })
    return linesOf(findings.filter(({ code }) => code === 'orphan')).filter((line) => !line.startsWith(' '))
  }
  const OF_TARGET =
    'error staff.flags: is not among the tables of the run, and has 1 row that would refer to rows of staff.users that the run deletes (foreign key "flags_user")'

  test.each([
    ['of a table that only the target has', {}, [OF_TARGET]],
    [
      'whose parents a condition leaves out',
      { conditions: ['staff.users=id < 3'] },
      [
        OF_TARGET,
        'error staff.logins: has 1 row that would refer to rows of staff.users that its `where` leaves out (foreign key "logins_user")',
      ],
    ],
    [
      'but not those that a condition leaves out, too',
      { conditions: ['staff.users=id < 3', 'staff.logins="user" < 3', 'staff.logins=id > 0'] },
      [OF_TARGET],
    ],
    ['but not of tables outside the run on both ends', { excluded: ['staff.users'] }, []],
  ])('%s', async (_, options, expected) => {
    expect((await orphansIn(options)).toSorted()).toEqual(expected)
  })

  test('as for parents that are outside the run', async () => {
    await pair.target.client.query(
      'DELETE FROM staff.flags; DELETE FROM staff.logins WHERE id = 3; DELETE FROM staff.users WHERE id IN (3, 77)',
    )
    expect(await orphansIn({ excluded: ['staff.users'] })).toEqual([
      'error staff.logins: has 1 row in the source that would refer to rows of staff.users that the target does not have, and that table is not among those of the run (foreign key "logins_user")',
    ])
    expect(await orphansIn({})).toEqual([])
  })

  test('a condition for one run makes that run and the next one read the table in full', async () => {
    await runSync(pair, { profile })
    const { tables } = await runSync(pair, { profile, conditions: ['staff.logins=id < 3'] })
    expect(tables.find(({ table }) => table.name === 'logins')).toMatchObject({ deleted: 1 })
    const plan = await runPlan(pair, { profile })
    expect(plan.tables.find(({ table }) => table.name === 'logins')?.read.kind).toBe('full')
    await runSync(pair, { profile, excluded: ['staff.users'] })
    expect(await idsOf('target', 'staff.logins')).toEqual([1, 2, 3])
    const after = await runPlan(pair, { profile })
    expect(after.tables.map(({ read }) => read.kind)).toEqual(['incremental', 'incremental'])
  })

  test('a note is shown once, and again after it was missing from a run; accepted ones are not shown', async () => {
    const notesOf = async (options: TestRunOptions) => {
      const { notes, knownNotes } = await runSync(pair, options)
      return [notes.map(({ code }) => code), knownNotes]
    }
    expect(await notesOf({ profile: { ...profile, name: 'other' } })).toEqual([
      ['only-in-target', 'foreign-key'],
      0,
    ])
    expect(await notesOf({ profile: { ...profile, name: 'other' } })).toEqual([[], 2])
    expect(await notesOf({ profile: { ...profile, name: 'other', accept: ['foreign-key'] } })).toEqual([
      [],
      1,
    ])
    expect(await notesOf({ profile: { ...profile, name: 'other' } })).toEqual([['foreign-key'], 1])
  })
})
