import { expect, test } from 'vitest'
import { readHealth } from '../../src/jobs/status.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'

const SCHEMA = `CREATE EXTENSION citext; CREATE TABLE t (id int PRIMARY KEY, c citext);`

test('an undo set that has lost a column is not restored, and a target that was rolled back is not healthy', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO t VALUES (1, 'new')`,
    targetSql: `${SCHEMA} INSERT INTO t VALUES (1, 'old'), (2, 'more'); CREATE TABLE u (id int PRIMARY KEY)`,
  })
  const { client, url } = pair.target
  const health = () =>
    withDatabase(databaseOptions(url), async (target) =>
      readHealth(await target.session(), undefined, 3_600_000),
    )
  try {
    await runSync(pair)
    expect(await health()).toMatchObject({ isHealthy: true })
    await runRollback(pair)
    expect(await health()).toMatchObject({
      isHealthy: false,
      reason: expect.stringMatching(/run, 1, was rolled back/),
    })
    await runSync(pair)
    await client.query('ALTER TABLE t ALTER c TYPE text; DROP EXTENSION citext CASCADE')
    for (const force of [false, true])
      await expect(runRollback(pair, { force })).rejects.toThrow(
        /public\.t cannot be restored: .* has lost a column/,
      )
    expect((await client.query('SELECT * FROM t')).rows).toEqual([{ id: 1, c: 'new' }])
  } finally {
    await pair.drop()
  }
})
