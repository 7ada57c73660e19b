import type pg from 'pg'
import { expect } from 'vitest'
import { readContent } from './database-content.ts'
import { createDatabasePair, type DatabasePair, freezeAsTemplate } from './databases.ts'
import { startProxy, type TcpProxy } from './tcp-proxy.ts'

type Side = 'source' | 'target'

/** A pair whose connections can be made to stall. */
export interface StalledPair extends DatabasePair {
  /** The pair as it is reached through the proxies. */
  readonly proxied: DatabasePair
  readonly proxies: Readonly<Record<Side, TcpProxy>>
  /** The target is as it was in the beginning, and neither server has a session of mbsync any longer. */
  expectUnharmed(): Promise<void>
}

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
const SOURCE = `${SCHEMA}
  INSERT INTO item SELECT i, repeat(md5(i::text), 40) FROM generate_series(1, 20000) i;`
const TARGET = `${SCHEMA} INSERT INTO item SELECT i, 'old' FROM generate_series(1, 100) i;`

/** A pair of some 25 MB in the source, which is cloned for each test: that takes a fraction of the time that its rows take. */
export interface StalledTemplate {
  readonly template: { readonly source: string; readonly target: string }
  drop(): Promise<void>
}

/** Creates what {@link createStalledPair} clones. */
export async function createStalledTemplate(): Promise<StalledTemplate> {
  const pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
  return { template: await freezeAsTemplate(pair), drop: pair.drop }
}

/** Clones the pair, behind a proxy on each side. */
export async function createStalledPair({ template }: StalledTemplate): Promise<StalledPair> {
  const pair = await createDatabasePair({ template })
  const before = await readContent(pair.target.client)
  const proxies = {
    source: await startProxy(pair.source.url),
    target: await startProxy(pair.target.url),
  }
  const through = (side: Side) => ({ ...pair[side], url: proxies[side].url })
  return {
    ...pair,
    proxies,
    proxied: { ...pair, source: through('source'), target: through('target') },
    expectUnharmed: async () => {
      expect(await readContent(pair.target.client)).toEqual(before)
      await expectNoSession(pair.source.client)
      await expectNoSession(pair.target.client)
    },
    drop: async () => {
      await Promise.all([proxies.source.close(), proxies.target.close()])
      await pair.drop()
    },
  }
}

async function expectNoSession(client: pg.Client): Promise<void> {
  const sql = `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync'`
  await expect.poll(async () => (await client.query(sql)).rows).toEqual([])
}
