import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { startLimitingProxy } from '../support/limiting-proxy.ts'
import { startPgBouncer, whyWithoutPgBouncer } from '../support/pgbouncer.ts'
import { runHere } from '../support/run-mbsync.ts'

let pair: DatabasePair

beforeAll(async () => {
  const sql = `${Array.from({ length: 12 }, (_, at) => `CREATE TABLE t${at} (id int PRIMARY KEY)`).join(';')};`
  pair = await createDatabasePair({
    sourceSql: `${sql} INSERT INTO t0 SELECT generate_series(1, 50000); INSERT INTO t1 SELECT generate_series(1, 1000)`,
    targetSql: sql,
  })
})
afterAll(() => pair?.drop())

const MOST = 4

/** Something before a server that serves so many connections and no more. */
type Limit = (url: string) => Promise<{ through(url: string): string; close(): Promise<void> }>

const LIMITS: readonly (readonly [string, string | undefined, Limit])[] = [
  [
    'that counts a closed connection for a while',
    undefined,
    (url) => startLimitingProxy(url, { most: MOST, lagMs: 400 }),
  ],
  [
    'of PgBouncer',
    whyWithoutPgBouncer(),
    (url) => startPgBouncer(url, { mode: 'session', settings: { max_client_conn: MOST } }),
  ],
]

describe.each(LIMITS)('behind a small pool %s', (_, reason, startLimit) => {
  test.skipIf(reason !== undefined)('runs work with the jobs that check advises', async () => {
    const [source, target] = await Promise.all([startLimit(pair.source.url), startLimit(pair.target.url)])
    const env = {
      PRODUCTION_DATABASE_URL: source.through(pair.source.url),
      STAGING_DATABASE_URL: target.through(pair.target.url),
      // Also how long check waits for room that there is not.
      PGCONNECT_TIMEOUT: '3',
    }
    const run = (...args: string[]) => runHere(args, { env })
    const checked = await run('check')
    const said = `${checked.stdout}${checked.stderr}`.replaceAll(/\s+/g, ' ')
    expect(checked.exitCode, said).toBe(3)
    const advised = new Set(Array.from(said.matchAll(/Lower `jobs` to (\d+)/g), ([, jobs]) => jobs))
    expect([...advised], said).toEqual([String(MOST - 2)])
    const jobs = ['--jobs', String(MOST - 2), '--yes']
    for (const command of ['full-sync', 'sync', 'full-sync', 'verify']) {
      const options = command === 'verify' ? jobs.slice(0, 2) : jobs
      const { exitCode, stdout, stderr } = await run(command, ...options)
      expect(exitCode, `${command}: ${stdout}${stderr}`).toBe(0)
    }
    await expectSameContent(pair.source.client, pair.target.client)
    await Promise.all([source.close(), target.close()])
  })
})
