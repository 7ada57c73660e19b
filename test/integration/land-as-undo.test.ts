import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'

const SCHEMA = `CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE log (body text);
  CREATE TABLE late (id int PRIMARY KEY, body text)`

/** Empty tables would be loaded. */
const MERGED = { profile: { strategy: 'merge' } } as const

let pair: DatabasePair
beforeEach(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA}; INSERT INTO item SELECT g, 'row ' || g FROM generate_series(1, 20) AS g; INSERT INTO log VALUES ('a'), ('a')`,
    targetSql: SCHEMA,
  })
})
afterEach(() => pair.drop())

const undoTables = async () => {
  const { rows } = await pair.target.client.query(
    `SELECT relname FROM pg_class WHERE relnamespace = 'mbsync_undo'::regnamespace AND relkind = 'r' ORDER BY 1`,
  )
  return rows.map(({ relname }) => relname)
}

test('the rows of a small table land as the undo set of one that is empty, and are taken back by it', async () => {
  const before = await readContent(pair.target.client)
  await runSync(pair, MERGED)
  await expectSameContent(pair.source.client, pair.target.client)
  // Whole rows are found again as they were written, so those without a key are kept afterwards.
  expect(await undoTables()).toEqual([
    expect.stringMatching(/^run_1_rows_\d$/),
    expect.stringMatching(/^run_1_table_\d$/),
  ])
  await runRollback(pair)
  expect(await readContent(pair.target.client)).toEqual(before)
  expect(await undoTables()).toEqual([])
})

test('rows that arrive in the target before it is locked are kept for the undo, and so is what changed then', async () => {
  const other = await connect(pair.target.url)
  await other.query('BEGIN; LOCK TABLE item IN SHARE ROW EXCLUSIVE MODE')
  let writing: Promise<unknown> | undefined
  await runSync(pair, {
    ...MERGED,
    onEvent: (event) => {
      if (event.type === 'phase' && event.phase === 'merge')
        writing = other.query(`INSERT INTO item VALUES (1, 'own'), (99, 'own'); COMMIT`)
    },
  })
  await writing
  await other.end()
  await expectSameContent(pair.source.client, pair.target.client)
  expect(await undoTables()).toEqual([
    expect.stringMatching(/^run_1_table_\d$/),
    expect.stringMatching(/^run_1_table_\d$/),
  ])
  await runRollback(pair)
  const { rows } = await pair.target.client.query('SELECT * FROM public.item ORDER BY id')
  expect(rows).toEqual([
    { id: 1, body: 'own' },
    { id: 99, body: 'own' },
  ])
})

test('a run that starts again lands such rows once', async () => {
  await runSync(pair, MERGED)
  await pair.source.client.query(`INSERT INTO late VALUES (1, 'new'), (2, 'new')`)
  await pair.target.client.query('DROP TABLE late; CREATE TABLE late (id int PRIMARY KEY, body text)')
  await pair.target.client.query(`UPDATE item SET body = 'edited' WHERE id = 1`)
  const infos: string[] = []
  await runSync(pair, { ...MERGED, onEvent: (event) => event.type === 'info' && infos.push(event.message) })
  expect(infos.join()).toContain('public.item')
  await expectSameContent(pair.source.client, pair.target.client)
})
