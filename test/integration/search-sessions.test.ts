import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SearchIndexConfig } from '../../src/config/config.ts'
import { countSessions } from '../../src/indexing/count-sessions.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { startMixedbread } from '../support/mixedbread/start-mixedbread.ts'
import { LIBRARY_SCHEMA, libraryIndex, libraryRows } from '../support/mixedbread-index.ts'
import { runSearch, searchIndexOf } from '../support/run-search.ts'
import { startTypesense } from '../support/typesense/start-typesense.ts'
import { SHOP_QUERY, SHOP_SCHEMA, shopIndex, shopRows } from '../support/typesense-index.ts'

const SESSIONS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`

/** The most sessions that were seen while documents were answered. */
async function mostSessions(
  { target }: DatabasePair,
  run: (onEvent: (event: ProgressEvent) => void) => Promise<unknown>,
) {
  const seen: number[] = []
  let looking = Promise.resolve()
  await run(({ type }) => {
    if (type !== 'documents-answered') return
    looking = looking.then(async () => void seen.push((await target.client.query(SESSIONS)).rows[0].n))
  })
  await looking
  return Math.max(...seen)
}

test('check counts the sessions that a run opens while it fills a search index', async () => {
  const [typesense, mixedbread] = await Promise.all([
    startTypesense(),
    startMixedbread({ rateLimits: 'off' }),
  ])
  const pair = await createDatabasePair({
    targetSql: SHOP_SCHEMA + shopRows(2000) + LIBRARY_SCHEMA + libraryRows(200),
  })
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-sessions-'))
  const indexes: SearchIndexConfig[] = [
    shopIndex(typesense, {}, { parallel: 5, batch: { documents: 100, bytes: 1_000_000 } }),
    libraryIndex(mixedbread, {}, { ratePercent: 100_000 }),
    searchIndexOf({ type: 'ndjson', file: join(folder, 'products.ndjson') }, SHOP_QUERY),
  ]
  try {
    for (const index of indexes) {
      const most = await mostSessions(pair, (onEvent) => runSearch(pair, [index], { create: true, onEvent }))
      // The reader may have read all by then.
      expect(most, index.home.type).toBeGreaterThanOrEqual(countSessions(index) - 1)
      expect(most, index.home.type).toBeLessThanOrEqual(countSessions(index))
    }
  } finally {
    await Promise.all([typesense.close(), mixedbread.close()])
    await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  }
})
