import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

/** `child` refers to `parent` and, where its rows would go with them, `follower` does; `loaded` is empty in the target. */
const SCHEMA = `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
  CREATE TABLE follower (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE);
  CREATE TABLE loaded (id int PRIMARY KEY); CREATE TABLE of_loaded (id int REFERENCES loaded);
  CREATE TABLE named (id int PRIMARY KEY, name text);`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO parent VALUES (1), (2); INSERT INTO loaded VALUES (1); INSERT INTO named VALUES (1, 'b')`,
    targetSql: `${SCHEMA} INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1); INSERT INTO named VALUES (1, 'a'), (2, 'a')`,
  })
})
afterAll(() => pair?.drop())

const CASES = [
  {
    name: 'rows of a table outside refer to rows that it removes',
    tables: ['parent'],
    meanwhile: 'INSERT INTO child VALUES (2, 2)',
    repair: 'DELETE FROM child WHERE id = 2',
    advice: /public\.child is not part of the rollback.*: delete those rows of public\.child/,
  },
  {
    name: 'such rows would be deleted with them',
    tables: ['parent'],
    meanwhile: 'INSERT INTO follower VALUES (2, 2)',
    repair: 'DELETE FROM follower',
    advice: /public\.follower is not part of the rollback.*: delete those rows of public\.follower/,
  },
  {
    name: 'rows that come back refer to a table outside that has lost rows',
    tables: ['child'],
    meanwhile: 'DELETE FROM parent WHERE id = 1',
    repair: 'INSERT INTO parent VALUES (1)',
    advice: /public\.parent is not part of the rollback.*: insert those rows of public\.parent again/,
  },
  {
    name: 'rows of a table outside refer to rows that it has loaded',
    tables: ['loaded'],
    meanwhile: 'INSERT INTO of_loaded VALUES (1)',
    repair: 'DELETE FROM of_loaded',
    advice: /public\.of_loaded is not part of the rollback.*: delete those rows of public\.of_loaded/,
  },
  {
    name: 'a constraint is newer than the run',
    tables: ['named'],
    meanwhile: 'ALTER TABLE named ADD UNIQUE (name)',
    repair: 'ALTER TABLE named DROP CONSTRAINT named_name_key',
    advice: /Rows or a constraint that are newer than the run stand in the way/,
  },
]

test.each(WRITING_MODES)('a rollback as %s that something newer prevents says what to do', async (mode) => {
  const to = await targetFor(pair, mode)
  const { client } = pair.target
  for (const { name, tables, meanwhile, repair, advice } of CASES) {
    await runSync(pair, { profile: { to }, tables })
    await client.query(meanwhile)
    const error = await runRollback(pair, { profile: { to } }).catch((reason: unknown) => reason)
    expect(error, name).toMatchObject({ hint: expect.stringMatching(advice) })
    expect(error, name).toMatchObject({ hint: expect.not.stringMatching(/profile|source|include|keep/) })
    await client.query(repair)
    await runRollback(pair, { profile: { to } })
  }
})
