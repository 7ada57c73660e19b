import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import {
  createDatabasePair,
  type DatabasePair,
  freezeAsTemplate,
  type PairOptions,
} from '../support/databases.ts'
import { OwnServers } from '../support/own-servers.ts'
import { runRollback, runSync } from '../support/run-sync.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'
import { startProxy } from '../support/tcp-proxy.ts'

/** Of a size at which its rows are compared while they land, with what a comparison of bytes must not overlook. */
const SCHEMA = `
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE item (
  id int PRIMARY KEY, code text UNIQUE, at timestamptz, mood mood, n numeric, tags text[], data jsonb, body text,
  twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE small (id int PRIMARY KEY, body text);`
const ROWS = `
INSERT INTO item SELECT i, 'code ' || i, timestamptz '2026-01-01' + i * interval '1 minute', CASE WHEN i % 3 > 0 THEN 'good'::mood END,
  i / 7.0, ARRAY['a', NULL, i::text], jsonb_build_object('n', i), repeat(md5(i::text), 10) FROM generate_series(1, 30000) i;
INSERT INTO small SELECT i, 'small' FROM generate_series(1, 100) i;`
const OWN_COLUMN = `ALTER TABLE item ADD COLUMN own text DEFAULT 'of the target'`

let first: DatabasePair
let template: NonNullable<PairOptions['template']>
beforeAll(async () => {
  first = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  await runSync(first)
  await vacuum(first)
  template = await freezeAsTemplate(first)
})
afterAll(() => first?.drop())

let pair: DatabasePair
let read: string[]
let messages: string[]
beforeEach(async () => {
  pair = await createDatabasePair({ template })
})
afterEach(() => pair?.drop())

const vacuum = async ({ source, target }: DatabasePair) => {
  for (const { client } of [source, target]) await client.query('VACUUM (ANALYZE)')
}

async function runInFull(profile: Parameters<typeof runSync>[1] = {}, sides = pair) {
  read = []
  messages = []
  const onEvent = (event: ProgressEvent) => {
    if (event.type === 'statement' && event.database === 'staging' && event.purpose.startsWith('COPY'))
      read.push(event.purpose)
    if (event.type === 'info' || event.type === 'warning') messages.push(event.message)
  }
  return runSync(sides, { isFull: true, onEvent, ...profile })
}

const countsOf = (result: Awaited<ReturnType<typeof runInFull>>) =>
  result.tables
    .filter(({ table }) => table.name === 'item')
    .map(({ inserted, updated, deleted, unchanged }) => [inserted, updated, deleted, unchanged])[0]

/** Each kind of difference, on either side, and rows that are only elsewhere. */
async function change(): Promise<void> {
  await pair.source.client.query(`
    UPDATE item SET body = body || '!' WHERE id % 1000 = 1;
    UPDATE item SET n = round(n, 4)::numeric(20, 6) WHERE id % 1000 = 2;
    UPDATE item SET id = -id WHERE id % 10000 = 3;
    DELETE FROM item WHERE id % 1000 = 4;
    INSERT INTO item (id, code) SELECT 40000 + i, 'new ' || i FROM generate_series(1, 50) i;
    UPDATE item SET at = at WHERE id % 100 = 5`)
  await pair.target.client.query(`
    UPDATE item SET mood = 'bad' WHERE id % 1000 = 6;
    UPDATE item SET body = body WHERE id % 1000 BETWEEN 7 AND 20;
    DELETE FROM item WHERE id BETWEEN 500 AND 510;
    INSERT INTO item (id, code) SELECT 50000 + i, 'theirs ' || i FROM generate_series(1, 20) i`)
}

describe.each(WRITING_MODES)('as %s', (mode) => {
  test('a full run finds every difference of a large table, and can be undone', async () => {
    const to = await targetFor(pair, mode)
    await change()
    await vacuum(pair)
    const before = await readContent(pair.target.client)
    const result = await runInFull({ profile: { to } })
    expect(read).toContainEqual(expect.stringMatching(/^COPY "public"\."item" .*TO STDOUT/))
    expect(countsOf(result)).toEqual([64, 90, 53, 29_866])
    expect(messages.filter((message) => message.includes('in full'))).toEqual([])
    await expectSameContent(pair.source.client, pair.target.client)
    const { rows } = await pair.target.client.query(
      `SELECT r.mode, t.mode AS read FROM mbsync.runs r JOIN mbsync.run_tables t ON t.run_id = r.id WHERE r.id = ${result.runId}`,
    )
    expect(rows).toContainEqual({ mode: 'full', read: 'full' })
    await runRollback(pair, { profile: { to } })
    expect(await readContent(pair.target.client)).toEqual(before)
  })
})

test('a table whose rows are in quite another order in the target lands as a whole', async () => {
  await pair.target.client.query('CREATE INDEX shuffled ON item (body); CLUSTER item USING shuffled')
  await change()
  expect(countsOf(await runInFull())).toEqual([64, 90, 53, 29_866])
  expect(read).not.toContainEqual(expect.stringMatching(/TO STDOUT/))
  await expectSameContent(pair.source.client, pair.target.client)
})

test('a table of which every row differs lands as a whole', async () => {
  await pair.source.client.query(`UPDATE item SET body = body || '!'; DELETE FROM item WHERE id = 4`)
  await vacuum(pair)
  const before = await readContent(pair.target.client)
  expect(countsOf(await runInFull())).toEqual([0, 29_999, 1, 0])
  expect(read).toContainEqual(expect.stringMatching(/TO STDOUT/))
  await expectSameContent(pair.source.client, pair.target.client)
  await runRollback(pair)
  expect(await readContent(pair.target.client)).toEqual(before)
})

test('a night after it reads only what has changed', async () => {
  await change()
  await runInFull()
  await pair.source.client.query(`UPDATE item SET body = 'changed' WHERE id = 77`)
  const result = await runSync(pair)
  expect(countsOf(result)).toEqual([0, 1, 0, 30_019])
  await expectSameContent(pair.source.client, pair.target.client)
})

test('columns that only the target has keep their values', async () => {
  await pair.target.client.query(OWN_COLUMN)
  await pair.target.client.query(`UPDATE item SET own = 'mine' WHERE id = 900`)
  await pair.source.client.query(`UPDATE item SET body = 'changed' WHERE id IN (900, 901)`)
  await vacuum(pair)
  expect(countsOf(await runInFull())).toEqual([0, 2, 0, 29_998])
  const { rows } = await pair.target.client.query(
    'SELECT body, own FROM item WHERE id IN (900, 901) ORDER BY id',
  )
  expect(rows).toEqual([
    { body: 'changed', own: 'mine' },
    { body: 'changed', own: 'of the target' },
  ])
})

// On a server of its own, as it would hold back what other tests know of theirs.
test('a transaction that has been open in the target for long does not make it compare in vain', async () => {
  const servers = new OwnServers()
  onTestFinished(() => servers.close())
  const cluster = await servers.start({ major: 18 })
  const [target, other] = [await servers.connect(cluster), await servers.connect(cluster)]
  await target.query(SCHEMA)
  const sides = { ...pair, target: { ...pair.target, url: cluster.url(), client: target } }
  await runSync(sides)
  await other.query('BEGIN; CREATE TABLE elsewhere (id int)')
  await target.query(`UPDATE item SET body = 'theirs' WHERE id = 1`)
  await pair.source.client.query(`DELETE FROM item WHERE id = 2`)
  const result = await runInFull({}, sides)
  await other.query('ROLLBACK')
  expect(messages.filter((message) => message.includes('in full'))).toEqual([])
  expect(countsOf(result)).toEqual([0, 1, 1, 29_998])
  await expectSameContent(pair.source.client, target)
})

test('rows that others write after they were compared are found', async () => {
  const writes: Promise<unknown>[] = []
  await pair.source.client.query(`UPDATE item SET body = 'changed' WHERE id = 5`)
  const result = await runInFull({
    onEvent: (event: ProgressEvent) => {
      if (event.type === 'info') messages.push(event.message)
      if (event.type === 'part-finished' && event.table.name === 'item' && writes.length === 0)
        writes.push(pair.target.client.query(`UPDATE item SET body = 'theirs' WHERE id = 9`))
    },
  })
  await Promise.all(writes)
  expect(messages.join('\n')).toMatch(
    /public\.item: modified in the target since mbsync last read it; reading it in full/,
  )
  expect(countsOf(result)?.[1]).toBe(2)
  await expectSameContent(pair.source.client, pair.target.client)
})

test('if the connection that reads the target is lost, nothing has changed', async () => {
  await pair.source.client.query(`UPDATE item SET body = 'changed'`)
  const before = await readContent(pair.target.client)
  const proxy = await startProxy(pair.target.url)
  const stalled = proxy.stallAt(/COPY "public"\."item" .*TO STDOUT/)
  const run = runInFull({ profile: { to: { name: 'staging', url: proxy.url, isProtected: false } } })
  const failed = expect(run).rejects.toThrow(/staging: .*connection/)
  await stalled
  proxy.cut()
  await failed
  await proxy.close()
  expect(await readContent(pair.target.client)).toEqual(before)
  await runInFull()
  await expectSameContent(pair.source.client, pair.target.client)
})
