import { expect, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { insertRows } from '../../src/state/insert-rows.ts'
import { migrate } from '../../src/state/migrate.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair } from '../support/databases.ts'

test('thousands of rows of the state are written in several statements, and none is missing', async () => {
  const pair = await createDatabasePair()
  try {
    await withDatabase(databaseOptions(pair.target.url), async (database) => {
      const session = await database.session()
      await migrate(session)
      await session.execute(
        `INSERT INTO mbsync.runs (profile, mode, status, mbsync_version, started_at) VALUES ('p', 'full', 'running', '0', now())`,
      )
      const numbers = Array.from({ length: 2001 }, (_, n) => n)
      await insertRows(session, 'loads', numbers, (rows) => {
        return { run_id: 1, schema_name: 'public', table_name: `t${rows}`, rows, xid: '7' }
      })
      await insertRows(session, 'loads', [], () => ({}))
      const written = await session.query<{ rows: number }>(
        'SELECT rows::float8 AS rows FROM mbsync.loads ORDER BY rows',
      )
      expect(written.map(({ rows }) => rows)).toEqual(numbers)
    })
  } finally {
    await pair.drop()
  }
})
