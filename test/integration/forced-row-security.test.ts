import { afterEach, describe, expect, inject, test } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import { RefusedError } from '../../src/core/errors.ts'
import { verify } from '../../src/jobs/verify.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import {
  asSuperuser,
  createDatabasePair,
  createRole,
  type DatabasePair,
  untilSettled,
} from '../support/databases.ts'
import { profileOf, runPlan, runRollback, runSync, type TestRunOptions } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

const OWNERS = ['an owner with the grant', 'a plain owner'] as const
const FORCE = (table: string) =>
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY hides ON ${table} USING (false);`
const SCHEMA = `CREATE TABLE secret (id int PRIMARY KEY, v text); CREATE TABLE open (id int PRIMARY KEY, v text);
  CREATE TABLE bare (id int, v text);
  CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id); CREATE TABLE parted_all PARTITION OF parted DEFAULT;`
const FORCED = ['secret', 'bare', 'parted', 'parted_all'].map(FORCE).join('\n')
const ROWS = ['secret', 'open', 'bare', 'parted']
  .map((table) => `INSERT INTO ${table} SELECT i, 'v' FROM generate_series(1, 300) i;`)
  .join('\n')

let pair: DatabasePair
afterEach(() => pair?.drop())

async function createForced(): Promise<void> {
  pair = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}`, targetSql: `${SCHEMA} ${FORCED}` })
}

describe.each(OWNERS)('%s', (mode) => {
  const allowing = (to: DatabaseConfig): TestRunOptions => ({ profile: { to }, allowBlocking: true })
  const change = (sql: string) =>
    pair.source.client.query(`SET search_path TO public; ${sql}`).then(() => untilSettled(pair.source.client))

  test('brings tables with forced policies up to date incrementally, and rolls every run back', async () => {
    await createForced()
    const to = await targetFor(pair, mode)
    const states = [await readContent(pair.target.client)]
    for (const sql of [
      'SELECT',
      `UPDATE secret SET v = 'changed' WHERE id = 7; DELETE FROM secret WHERE id = 8; INSERT INTO secret VALUES (1000, 'new')`,
      `DELETE FROM parted WHERE id > 290; DELETE FROM bare WHERE id = 1; UPDATE open SET v = 'x' WHERE id = 1`,
      `UPDATE open SET v = 'y' WHERE id = 2; DELETE FROM open WHERE id = 3`,
    ]) {
      await change(sql)
      await runPlan(pair, allowing(to))
      await runSync(pair, allowing(to))
      await expectSameContent(pair.source.client, pair.target.client)
      states.push(await readContent(pair.target.client))
    }
    // Only the last run has left the tables with policies alone.
    await runRollback(pair, { profile: { to, undoRuns: 9 } })
    expect(await readContent(pair.target.client)).toEqual(states[3])
    await expect(runRollback(pair, { profile: { to } })).rejects.toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('--allow-blocking'),
      findings: expect.arrayContaining([expect.objectContaining({ subject: 'public.bare' })]),
    })
    for (const state of [states[2], states[1]]) {
      await runRollback(pair, allowing(to))
      expect(await readContent(pair.target.client)).toEqual(state)
    }
    await expectForced(['bare', 'parted', 'parted_all', 'secret'])
  })

  test('is refused without --allow-blocking, in incremental runs and in full ones', async () => {
    await createForced()
    const to = await targetFor(pair, mode)
    const refusal = {
      exitCode: 3,
      findings: expect.arrayContaining([
        expect.objectContaining({
          subject: 'public.secret',
          message: 'row-level security is forced on its owner',
          hint: expect.stringContaining('--allow-blocking'),
        }),
      ]),
    }
    await expect(runSync(pair, { profile: { to } })).rejects.toMatchObject(refusal)
    await runSync(pair, allowing(to))
    await expect(runSync(pair, { profile: { to } })).rejects.toMatchObject(refusal)
    await expect(runSync(pair, { profile: { to }, isFull: true })).rejects.toMatchObject(refusal)
  })

  test('an unchanged table with forced policies is not read in the source, and changes to it in the target are found', async () => {
    await createForced()
    const to = await targetFor(pair, mode)
    await runSync(pair, allowing(to))
    await change('UPDATE secret SET v = v WHERE id = 1')
    await change('SELECT')
    await runSync(pair, allowing(to))
    const reads = async () =>
      new Map((await runPlan(pair, allowing(to))).tables.map(({ table, read }) => [table.name, read.kind]))
    expect(await reads()).toEqual(
      new Map([
        ['secret', 'incremental'],
        ['open', 'incremental'],
        ['parted', 'incremental'],
        ['bare', 'full'],
      ]),
    )
    await pair.target.client.query(
      `UPDATE secret SET v = 'edited' WHERE id = 5; DELETE FROM parted WHERE id = 6`,
    )
    await runSync(pair, allowing(to))
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('rows behind forced policies at the other end of a foreign key are checked, or the run is refused', async () => {
    const schema = `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE);
      CREATE TABLE grandchild (id int PRIMARY KEY, c int REFERENCES child ON DELETE CASCADE);`
    pair = await createDatabasePair({
      sourceSql: `${schema} INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 2); INSERT INTO grandchild VALUES (1, 1)`,
      targetSql: `${schema} INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (3, 1); INSERT INTO grandchild VALUES (3, 3); ${FORCE('parent')} ${FORCE('grandchild')}`,
    })
    const to = await targetFor(pair, mode)
    const options = { profile: { to }, tables: ['child'] }
    const outside = mode === 'a plain owner' ? ['public.grandchild'] : ['public.grandchild', 'public.parent']
    const { findings } = await runPlan(pair, options)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual(
      outside.map((subject) => ({
        severity: 'error',
        code: 'obstacle',
        subject,
        message: 'row-level security is forced on its owner, and its rows are needed to check a foreign key',
        hint: 'Allow its readers to be blocked while the run merges: --allow-blocking.',
      })),
    )
    const allowed = { ...options, allowBlocking: true }
    await expect(runSync(pair, allowed)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('grandchild'),
    })
    await pair.target.client.query('DELETE FROM grandchild')
    const before = await readContent(pair.target.client)
    await runSync(pair, allowed)
    await expect(runRollback(pair, { profile: { to } })).rejects.toBeInstanceOf(RefusedError)
    await runRollback(pair, { profile: { to }, allowBlocking: true })
    expect(await readContent(pair.target.client)).toEqual(before)
    await expectForced(['grandchild', 'parent'])
  })

  test('materialized views are refreshed with what their owner sees', async () => {
    const view = 'CREATE MATERIALIZED VIEW seen AS SELECT count(*)::int AS n FROM secret;'
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} ${ROWS}`,
      targetSql: `${SCHEMA} ${FORCED} ${view} CREATE POLICY few ON secret USING (id <= 10);`,
    })
    const to = await targetFor(pair, mode)
    const { warnings } = await runSync(pair, allowing(to))
    expect(warnings).toEqual([])
    expect((await pair.target.client.query('SELECT n FROM seen')).rows).toEqual([{ n: 10 }])
  })
})

test('policies that hide rows from a role that is not the owner refuse a rollback', async () => {
  await createForced()
  await runSync(pair)
  const role = await createRole(inject('targetUrl'))
  await asSuperuser(inject('targetUrl'), (admin) =>
    admin.query(
      `GRANT SET ON PARAMETER session_replication_role TO ${role}; GRANT CREATE ON DATABASE ${pair.target.name} TO ${role}`,
    ),
  )
  const own = 'SCHEMA mbsync, mbsync_landing, mbsync_undo'
  await pair.target.client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public, mbsync, mbsync_undo TO ${role}; GRANT ALL ON ${own} TO ${role};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA mbsync TO ${role}; ALTER SCHEMA mbsync_landing OWNER TO ${role}`)
  const to = { name: 'staging', url: pair.target.urlFor(role, role), isProtected: false }
  await expect(runRollback(pair, { profile: { to }, allowBlocking: true })).rejects.toMatchObject({
    exitCode: 3,
    findings: expect.arrayContaining([
      expect.objectContaining({
        subject: 'public.secret',
        message: 'has row-level security that would hide rows of the target',
      }),
    ]),
  })
})

test('verify says of a table with forced policies that its rows are hidden, and compares the others', async () => {
  await createForced()
  const to = await targetFor(pair, 'a plain owner')
  await runSync(pair, { profile: { to }, allowBlocking: true })
  const context = { signal: new AbortController().signal, report: () => undefined }
  const { tables } = await verify(
    profileOf(pair, { to }),
    { tables: [], samplePercent: 100, limit: 10 },
    context,
  )
  const reason = 'has row-level security that would hide rows of the target'
  expect(tables.map(({ table, status, reason: why }) => [table.name, status, why])).toEqual([
    ['bare', 'not compared', reason],
    ['open', 'equal', undefined],
    ['parted', 'not compared', reason],
    ['secret', 'not compared', reason],
  ])
})

async function expectForced(names: readonly string[]): Promise<void> {
  const { rows } = await pair.target.client.query(
    'SELECT relname AS name FROM pg_class WHERE relforcerowsecurity AND relrowsecurity ORDER BY 1',
  )
  expect(rows.map(({ name }) => name)).toEqual(names)
}
