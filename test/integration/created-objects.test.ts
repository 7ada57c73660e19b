import { expect, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { hasCreated, rememberCreated } from '../../src/state/created-objects.ts'
import { dropCreatedObjects } from '../../src/state/drop-created-objects.ts'
import { migrate } from '../../src/state/migrate.ts'
import { readCatalogChildXids } from '../../src/transfer/target-writes/read-child-xids.ts'
import { createDatabasePair } from '../support/databases.ts'

test('what an event trigger alters while objects of one transaction are dropped does not keep those of another', async () => {
  const pair = await createDatabasePair()
  const options = {
    name: 'staging',
    url: pair.target.url,
    role: 'target',
    connectMs: 20_000,
    lockMs: 5000,
    silenceMs: 60_000,
  } as const
  try {
    await withDatabase({ ...options, signal: new AbortController().signal }, async (database) => {
      const session = await database.session()
      await migrate(session)
      const { id } = await session.queryOne<{ id: number }>(
        `INSERT INTO mbsync.runs (profile, mode, status, mbsync_version, started_at) VALUES ('p', 'full', 'running', '0', now()) RETURNING id::float8 AS id`,
      )
      for (const sql of [
        'CREATE TABLE public.first (id int PRIMARY KEY)',
        'CREATE TABLE public.second (id int REFERENCES public.first)',
      ])
        await session.transaction('BEGIN', async () => {
          await session.execute(sql)
          await rememberCreated(session, id, await readCatalogChildXids(session))
        })
      await pair.target.client.query(`CREATE FUNCTION tuned() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
          BEGIN ALTER TABLE public.first SET (autovacuum_enabled = off); EXCEPTION WHEN OTHERS THEN NULL; END; END $$;
        CREATE EVENT TRIGGER tuned ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION tuned(); ALTER EVENT TRIGGER tuned ENABLE ALWAYS`)
      expect(await dropCreatedObjects(session, readCatalogChildXids)).toEqual({ dropped: 2, left: undefined })
      expect(await hasCreated(session)).toBe(false)
      await session.end()
    })
    const { rows } = await pair.target.client.query(
      `SELECT to_regclass('first') AS first, to_regclass('second') AS second`,
    )
    expect(rows).toEqual([{ first: null, second: null }])
  } finally {
    await pair.drop()
  }
})
