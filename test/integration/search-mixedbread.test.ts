import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MACHINE_CLOCK } from '../../src/search/mixedbread/clock.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import {
  type Mixedbread,
  type MixedbreadOptions,
  startMixedbread,
} from '../support/mixedbread/start-mixedbread.ts'
import {
  expectSameLibrary,
  LIBRARY_SCHEMA,
  libraryIndex,
  libraryRows,
  TENANTS,
  uuidOf,
} from '../support/mixedbread-index.ts'
import { runSearch } from '../support/run-search.ts'

vi.mock(import('../../src/search/mixedbread/clock.ts'), async () => {
  const { virtualClock } = await import('../support/mixedbread/virtual-clock.ts')
  return { MACHINE_CLOCK: virtualClock() }
})

let pair: DatabasePair
let mixedbread: Mixedbread

beforeEach(async () => {
  pair = await createDatabasePair({ targetSql: LIBRARY_SCHEMA + libraryRows(60) })
})

afterEach(async () => {
  await mixedbread.close()
  await pair.drop()
})

async function start(options: MixedbreadOptions = {}): Promise<void> {
  mixedbread = await startMixedbread({ now: MACHINE_CLOCK.now, ...options })
}

async function sync(options: Parameters<typeof runSearch>[2] = {}, index = libraryIndex(mixedbread)) {
  const { search } = await runSearch(pair, [index], options)
  const [outcome] = search
  if (outcome === undefined) throw new Error('There is one search index')
  return outcome
}

async function change(sql: string): Promise<void> {
  await pair.target.client.query(`SET search_path = public; ${sql}`)
}

/** The routes that changed something since the log of requests was emptied. */
function writes(): string[] {
  return mixedbread.requests
    .filter(({ operation, isApplied }) => operation !== 'list' && operation !== 'read' && isApplied)
    .map(({ route }) => route ?? '')
}

describe('a Mixedbread store', () => {
  test('gets every document of every scope, and then only what changes', async () => {
    await start()
    expect(await sync()).toMatchObject({ status: 'done', documents: 90, indexed: 90 })
    await expectSameLibrary(pair, mixedbread)

    mixedbread.requests.length = 0
    expect(await sync()).toMatchObject({ status: 'done', documents: 90, changed: 0, indexed: 0, deleted: 0 })
    expect(writes()).toEqual([])

    await change(`UPDATE "Material" SET body = 'another' WHERE id = '${uuidOf(1)}';
      UPDATE "Material" SET year = 7 WHERE id = '${uuidOf(2)}';
      DELETE FROM works WHERE id = '${uuidOf(500_004)}'`)
    mixedbread.requests.length = 0
    expect(await sync()).toMatchObject({ status: 'done', changed: 2, indexed: 2, deleted: 1 })
    expect(writes().toSorted()).toEqual([
      'attach-file',
      'delete-file',
      'delete-file',
      'update-store-file',
      'upload-file',
    ])
    await expectSameLibrary(pair, mixedbread)
  })

  test('loses a row from one scope and gets it in the other in one run', async () => {
    await start()
    await sync()
    await change(`UPDATE "Material" SET is_global = true WHERE id = '${uuidOf(1)}';
      UPDATE "Material" SET is_global = NULL WHERE id = '${uuidOf(3)}';
      UPDATE "Material" SET tenant_id = '${TENANTS.first}' WHERE id = '${uuidOf(5)}'`)
    expect(await sync()).toMatchObject({ status: 'done', changed: 3, indexed: 3, deleted: 2 })
    await expectSameLibrary(pair, mixedbread)
  })
})
