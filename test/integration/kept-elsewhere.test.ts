import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, inject, test } from 'vitest'
import { importDump } from '../../src/jobs/import.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { runExport } from '../support/run-dump.ts'
import { profileOf, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'
import { targetFor } from '../support/target-modes.ts'

let pair: DatabasePair | SwapPair | undefined
afterEach(async () => {
  await pair?.drop()
  pair = undefined
})

const rule = (name: string, rows: string | true) => ({ table: { schema: 'public', name }, rows })
const WATCH = {
  signal: new AbortController().signal,
  report: () => undefined,
  confirm: async () => 'yes' as const,
}
const SCHEMA = 'CREATE TABLE secret (id int PRIMARY KEY, v text); CREATE TABLE bare (id int, v text);'
const OWN = `INSERT INTO secret VALUES (1, 'own'), (2, 'old'), (9, 'own'); INSERT INTO bare VALUES (7, 'own'), (8, 'old');`
const ROWS = `INSERT INTO secret SELECT i, 'v' FROM generate_series(1, 3) i; INSERT INTO bare VALUES (1, 'v'), (1, 'v');`
const KEEP = [rule('secret', `v = 'own'`), rule('bare', `v = 'own'`)]
const SECRET = ['(1,own)', '(2,v)', '(3,v)', '(9,own)']
const BARE = ['(1,v)', '(1,v)', '(7,own)']
const LISTED = (table: string) => `SELECT t::text AS t FROM ${table} AS t ORDER BY 1`

test.each(['an owner with the grant', 'a plain owner'] as const)(
  'rows stay behind policies that are forced on %s',
  async (mode) => {
    const force = (table: string) =>
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY hides ON ${table} USING (false);`
    pair = await createDatabasePair({
      sourceSql: SCHEMA + ROWS,
      targetSql: SCHEMA + OWN + force('secret') + force('bare'),
    })
    const { source, target } = pair
    const run = {
      profile: { to: await targetFor(pair, mode), strategy: 'merge' as const, keep: KEEP },
      allowBlocking: true,
    }
    const listed = async (table: string) => (await target.client.query(LISTED(table))).rows.map(({ t }) => t)
    await runSync(pair, run)
    expect([await listed('secret'), await listed('bare')]).toEqual([SECRET, BARE])
    await source.client.query(`UPDATE secret SET v = 'w' WHERE id IN (1, 2); DELETE FROM secret WHERE id = 3`)
    await runSync(pair, run)
    expect([await listed('secret'), await listed('bare')]).toEqual([['(1,own)', '(2,w)', '(9,own)'], BARE])
  },
  60_000,
)

test('rows stay in an import, by a merge and into a swap, whose publications keep their owners', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-kept-'))
  const swap = await createSwapPair('a plain owner', { sourceSql: SCHEMA + ROWS, targetSql: SCHEMA + OWN })
  pair = swap
  try {
    const listed = async () => [
      (await swap.ask<{ t: string }>(LISTED('secret'))).map(({ t }) => t),
      (await swap.ask<{ t: string }>(LISTED('bare'))).map(({ t }) => t),
    ]
    const dump = join(folder, 'dump')
    await runExport(swap, dump)
    const options = { dump, tables: [], allowBlocking: false }
    const profile = profileOf(swap, { to: swap.to, keep: KEEP, strategy: 'merge' })
    await importDump(profile, options, WATCH)
    expect(await listed()).toEqual([SECRET, BARE])

    const role = new URL(swap.to.url).username
    const publisher = await createRole(inject('targetUrl'))
    await asSuperuser(swap.target.url, (admin) =>
      admin.query(`GRANT ${publisher} TO ${role}; GRANT CREATE ON DATABASE ${swap.target.name} TO ${publisher};
        CREATE PUBLICATION feed FOR TABLE secret; ALTER PUBLICATION feed OWNER TO ${publisher}; DELETE FROM secret WHERE v <> 'own'`),
    )
    const swapping = {
      ...profile,
      strategy: 'swap' as const,
      swap: { keep: 1, locale: 'target', switchMs: 10_000, publications: true } as const,
    }
    await importDump(swapping, options, WATCH)
    expect(await listed()).toEqual([SECRET, BARE])
    expect(
      await swap.ask(`SELECT pubname, pg_get_userbyid(pubowner)::text AS owner FROM pg_publication`),
    ).toEqual([{ pubname: 'feed', owner: publisher }])
    expect(await swap.beside()).toEqual([expect.stringMatching(/^_mbsync_prev_\d+$/)])
    await asSuperuser(swap.target.url, (admin) => admin.query('DROP PUBLICATION feed'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 90_000)
