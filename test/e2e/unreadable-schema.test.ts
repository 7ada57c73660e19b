import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

test('objects of a source without an encoding are named whose texts are not UTF8', async () => {
  const pair = await createDatabasePair({ encoding: { source: 'SQL_ASCII', target: 'UTF8' } })
  try {
    await pair.source.client.query(`CREATE TABLE plain (id int); CREATE TABLE e (id int PRIMARY KEY, v text);
      DO $do$ DECLARE u text := convert_from('\\xfc'::bytea, 'SQL_ASCII'); BEGIN
        EXECUTE 'ALTER TABLE e ALTER v SET DEFAULT ''' || u || ''', ADD CONSTRAINT ck CHECK (v <> ''' || u || ''')';
        EXECUTE 'CREATE TYPE en AS ENUM (''' || u || ''')';
        EXECUTE 'COMMENT ON TABLE plain IS ''' || convert_from('\\xc3bc'::bytea, 'SQL_ASCII') || '''';
      END $do$`)
    const env = {
      PRODUCTION_DATABASE_URL: pair.source.url,
      STAGING_DATABASE_URL: pair.target.url,
      MBSYNC_YES: '1',
    }
    for (const args of [
      ['schema', 'export'],
      ['sync', '--create-schema'],
    ]) {
      const { exitCode, stderr } = await runHere(args, { env })
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining(
          '(SQL_ASCII): column v of table public.e; constraint ck on table public.e; type public.en',
        ),
      ])
    }
  } finally {
    await pair.drop()
  }
})
