import { connect } from '../test/support/databases.ts'
import { installedPostgres } from '../test/support/installed-postgres.ts'
import { measureShell, measureSync } from './run-measured.ts'
import { say } from './say.ts'
import { type Servers, startBenchServers } from './servers.ts'

const TABLES = ['users', 'posts', 'tags', 'versions', 'posts_tags']

/** Runs over `schemas` schemas of five small tables each, with the locks that a server has by default, beside `pg_dump`. */
export async function benchSchemas(schemas: number): Promise<void> {
  const servers = await startBenchServers({ max_connections: '60', max_locks_per_transaction: '64' })
  try {
    await createSchemas(servers, schemas)
    say(`${schemas * TABLES.length} tables in ${schemas} schemas`)
    const peer = installedPostgres() === undefined ? undefined : await benchDump(servers)
    if (peer === undefined) say('pg_dump is not installed: no comparison')
    else say(`pg_dump: ${peer.toFixed(1)} s`)
    const runs = [
      { what: 'into empty tables', command: 'sync' },
      { what: 'again, with nothing changed', command: 'sync' },
      { what: 'check', command: 'check' },
    ]
    for (const { what, command } of runs) {
      const { seconds, peakMb } = await measureSync(servers, command)
      const ratio = peer === undefined ? '' : `, ${(seconds / peer).toFixed(1)} of pg_dump`
      say(`${what}: ${seconds.toFixed(1)} s${ratio}, peak ${peakMb.toFixed(0)} MB`)
    }
  } finally {
    await Promise.all([servers.source.stop(), servers.target.stop()])
  }
}

async function benchDump({ source }: Servers): Promise<number> {
  const { seconds } = await measureShell(`pg_dump "${source.url()}" > /dev/null`)
  return seconds
}

async function createSchemas({ source, target }: Servers, schemas: number): Promise<void> {
  for (const [cluster, hasRows] of [
    [source, true],
    [target, false],
  ] as const) {
    const client = await connect(cluster.url())
    for (let number = 0; number < schemas; number += 1) {
      const schema = `tenant_${number}`
      await client.query(`CREATE SCHEMA ${schema};
        CREATE TABLE ${schema}.users (id serial PRIMARY KEY, email text UNIQUE);
        CREATE TABLE ${schema}.posts (id serial PRIMARY KEY, user_id int REFERENCES ${schema}.users, body text);
        CREATE TABLE ${schema}.tags (id serial PRIMARY KEY, name text);
        CREATE TABLE ${schema}.versions (version text PRIMARY KEY);
        CREATE TABLE ${schema}.posts_tags (post_id int REFERENCES ${schema}.posts, tag_id int REFERENCES ${schema}.tags, PRIMARY KEY (post_id, tag_id))`)
      if (!hasRows) continue
      await client.query(`INSERT INTO ${schema}.users (email) VALUES ('a'), ('b'); INSERT INTO ${schema}.posts (user_id, body) VALUES (1, 'x');
        INSERT INTO ${schema}.tags (name) VALUES ('t'); INSERT INTO ${schema}.posts_tags VALUES (1, 1)`)
    }
    await client.query('VACUUM (ANALYZE)')
    await client.end()
  }
}
