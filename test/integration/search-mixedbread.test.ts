import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EntityType } from '../../src/config/config.ts'
import { derivedUuid } from '../../src/core/derived-uuid.ts'
import { DOCUMENTED_RATES, MACHINE_CLOCK } from '../../src/search/mixedbread/rate-limiter.ts'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { simulateTime } from '../support/mixedbread/simulate-time.ts'
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

simulateTime()

let pair: DatabasePair
let mixedbread: Mixedbread

beforeEach(async () => {
  pair = await createDatabasePair({ targetSql: LIBRARY_SCHEMA + libraryRows(24) })
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
  test('knows rows with keys that are no uuids by uuids that are derived from them', async () => {
    await start()
    await change(`CREATE TABLE note (book int, line int, body text, account bigint, PRIMARY KEY (book, line));
      INSERT INTO note VALUES (7, 1, 'x', 3), (7, 2, 'y', NULL);
      CREATE TABLE page (slug text PRIMARY KEY, body text, team varchar(20), legacy bigint UNIQUE);
      INSERT INTO page VALUES ('a/b ü', 'x', 'Acme, Inc.', -9007199254740993), ('00000000-0000-4000-8000-00000000000A', 'y', NULL, NULL)`)
    const note: EntityType = {
      name: 'note',
      rows: { schema: 'public', name: 'note' },
      id: 'book, line',
      global: 'account IS NULL',
      tenant: 'account',
      text: 'body',
      metadata: { line: 'line' },
    }
    const page: EntityType = {
      name: 'page',
      rows: { schema: 'public', name: 'page' },
      id: 'slug',
      global: 'team IS NULL',
      tenant: 'team',
      text: 'body',
      metadata: {},
    }
    const legacy = {
      ...page,
      name: 'legacy',
      id: 'legacy',
      global: 'true',
      text: 'CASE WHEN legacy < 0 THEN body END',
    }
    const index = libraryIndex(mixedbread, { documents: [note, page, legacy] })
    expect(await sync({}, index)).toMatchObject({ status: 'done', documents: 5, indexed: 5 })
    const ofTeam = derivedUuid('page', 'a/b ü')
    const tenants = Object.fromEntries(
      mixedbread
        .documents()
        .map(({ externalId, metadata }) => [externalId, (metadata as { tenant_id?: string }).tenant_id]),
    )
    expect(tenants).toMatchObject({
      [`tenant-page-${ofTeam}`]: derivedUuid('tenant', 'Acme, Inc.'),
      // A text that is a uuid is that uuid, as PostgreSQL writes it.
      'global-page-00000000-0000-4000-8000-00000000000a': undefined,
      [`global-legacy-${derivedUuid('legacy', '-9007199254740993')}`]: undefined,
    })
    expect(Object.keys(tenants)).toHaveLength(5)
    const [first, second] = [derivedUuid('note', '(7,1)'), derivedUuid('note', '(7,2)')]
    const found = mixedbread.documents().map(({ externalId, metadata }) => [externalId, metadata])
    expect(Object.fromEntries(found)).toMatchObject({
      [`tenant-note-${first}`]: { db_id: first, tenant_id: derivedUuid('tenant', '3'), line: 1 },
      [`global-note-${second}`]: { db_id: second, line: 2 },
    })
    await change('UPDATE note SET body = NULL WHERE line = 1')
    expect(await sync({ allowMassDelete: true }, index)).toMatchObject({
      status: 'done',
      indexed: 0,
      deleted: 1,
    })
  })

  test('gets every document of every scope, and then only what changes', async () => {
    await start()
    expect(await sync()).toMatchObject({ status: 'done', documents: 36, indexed: 36 })
    await expectSameLibrary(pair, mixedbread)

    mixedbread.requests.length = 0
    expect(await sync()).toMatchObject({ status: 'done', documents: 36, changed: 0, indexed: 0, deleted: 0 })
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

// All of them take minutes of the machine's own time.
const manyMaterials = process.env.MBSYNC_LONG_TESTS === undefined ? 100 : 33_334
const manyCount = manyMaterials * 1.5

test(`${manyCount} documents take as long as the documented rates make them, and none is written when nothing has changed`, async () => {
  await start()
  await change(`TRUNCATE "Material", works; ${libraryRows(manyMaterials)}`)
  const startedMs = MACHINE_CLOCK.now()
  expect(await sync()).toMatchObject({ status: 'done', indexed: manyCount })
  const { perMinute, burst } = DOCUMENTED_RATES.write
  const fastestMs = ((2 * manyCount - burst) * 60_000) / perMinute
  expect((MACHINE_CLOCK.now() - startedMs) / fastestMs).toBeLessThan(1.1)
  const refused = mixedbread.requests.filter(({ status }) => status === 429)
  expect(refused.length / mixedbread.requests.length).toBeLessThan(0.01)
  mixedbread.requests.length = 0
  expect(await sync()).toMatchObject({ status: 'done', documents: manyCount, changed: 0 })
  expect(writes()).toEqual([])
}, 1_200_000)

describe('the guard against mass deletes', () => {
  test('keeps the documents of a tenant that vanished, and brings everything else up to date', async () => {
    await start()
    await sync()
    await change(`DELETE FROM "Material" WHERE tenant_id = '${TENANTS.first}'; DELETE FROM works WHERE "tenantId" = '${TENANTS.first}';
      INSERT INTO works VALUES ('${uuidOf(7)}', 'new', true, NULL), ('${uuidOf(8)}', 'new', false, '${TENANTS.second}')`)
    const outcome = await sync({}, libraryIndex(mixedbread, { maxDeletePercent: 60 }))
    expect(outcome).toMatchObject({
      status: 'stopped',
      indexed: 2,
      findings: [
        {
          subject: `semantic, tenant ${TENANTS.first}`,
          message: 'the query returns no document, and 12 would be deleted',
        },
      ],
      hint: expect.stringContaining('--allow-mass-delete'),
    })
    expect(
      mixedbread.documents().filter(({ metadata }) => tenantOf(metadata) === TENANTS.first),
    ).toHaveLength(12)
    expect(await sync({ allowMassDelete: true })).toMatchObject({ status: 'done', deleted: 12 })
    await expectSameLibrary(pair, mixedbread)
  })

  test('holds each scope to its limit, and counts rows that get another tenant', async () => {
    await start()
    await sync()
    await change(
      `DELETE FROM "Material" WHERE is_global AND title < 'title 4'; UPDATE "Material" SET tenant_id = '${TENANTS.second}'`,
    )
    const reason = (gone: string) =>
      expect.stringMatching(
        new RegExp(`^\\d+ of 12 documents \\(\\d+ %\\) would be ${gone}, and 20 % is the limit$`),
      )
    expect(await sync()).toMatchObject({
      status: 'stopped',
      indexed: 0,
      deleted: 0,
      findings: [
        { subject: 'semantic, global', message: reason('deleted') },
        { subject: `semantic, tenant ${TENANTS.first}`, message: reason('deleted or get another tenant') },
      ],
    })
    expect(await sync({ allowMassDelete: true })).toMatchObject({ status: 'done' })
    await expectSameLibrary(pair, mixedbread)
  })

  test('knows which tenant finds a document that gets another one, rejected or not, whatever the store is called', async () => {
    await start()
    await change(`CREATE TABLE note (id int PRIMARY KEY, tenant int, body text, extra text);
      INSERT INTO note SELECT i, 1 + i % 2, 'text ' || i FROM generate_series(1, 20) i`)
    const note: EntityType = {
      name: 'note',
      rows: { schema: 'public', name: 'note' },
      id: 'id',
      global: 'false',
      tenant: 'tenant',
      text: 'body',
      metadata: { n: 'id', extra: 'extra' },
    }
    const index = libraryIndex(mixedbread, { documents: [note] })
    const [first, second] = [derivedUuid('tenant', '1'), derivedUuid('tenant', '2')]
    const ofTenant = (tenantId: string) => ({ scopes: { kind: 'tenant', tenantId } }) as const
    const counts = () =>
      [first, second].map(
        (tenant) => mixedbread.documents().filter(({ metadata }) => tenantOf(metadata) === tenant).length,
      )
    await sync({}, index)
    await change('UPDATE note SET tenant = 2')
    const held = {
      status: 'stopped',
      indexed: 0,
      findings: [
        {
          subject: `semantic, tenant ${first}`,
          message: expect.stringMatching(/10 would be deleted or get another tenant/),
        },
      ],
    }
    expect(await sync({}, index)).toMatchObject(held)
    expect(await sync(ofTenant(second), index)).toMatchObject({
      ...held,
      findings: [{ subject: `semantic, tenant ${first}` }],
    })
    expect(counts()).toEqual([10, 10])
    await change('UPDATE note SET tenant = 1 + id % 2')
    expect(await sync({}, index)).toMatchObject({ status: 'done', changed: 0 })
    await change(
      `UPDATE mbsync.search_collections SET name = 'as it was called', written_xid = txid_current()`,
    )
    await change(`UPDATE note SET tenant = 2, body = 'of the second', extra = repeat('x', 9000) WHERE id = 2`)
    const told: string[] = []
    const onEvent = (event: { readonly type: string; readonly message?: string }) => {
      if (event.type === 'warning') told.push(event.message ?? '')
    }
    expect(await sync({ onEvent }, index)).toMatchObject({
      status: 'rejected',
      changed: 1,
      rejected: 1,
      deleted: 1,
    })
    expect(told.filter((message) => message.includes('another store'))).toEqual([])
    expect(counts()).toEqual([9, 10])
    expect(await sync(ofTenant(first), index)).toMatchObject({ status: 'done', documents: 9, rejected: 0 })
    expect(await sync(ofTenant(second), index)).toMatchObject({ status: 'rejected', rejected: 1, deleted: 0 })
    await change('UPDATE note SET extra = NULL')
    expect(await sync({}, index)).toMatchObject({ status: 'done', indexed: 1, deleted: 0 })
    expect(counts()).toEqual([9, 11])
  })

  test('lets a tenant with few documents lose one, but not the last', async () => {
    await start()
    const [few, one] = [uuidOf(1_000_003), uuidOf(1_000_004)]
    await change(
      `INSERT INTO works VALUES ('${uuidOf(1)}', 'a', false, '${few}'), ('${uuidOf(2)}', 'b', false, '${few}'), ('${uuidOf(3)}', 'c', false, '${one}')`,
    )
    await sync()
    await change(`DELETE FROM works WHERE name IN ('a', 'c')`)
    expect(await sync({}, libraryIndex(mixedbread, { maxDeletePercent: 0 }))).toMatchObject({ deleted: 0 })
    const outcome = await sync()
    const reason = 'the query returns no document, and 1 would be deleted'
    expect(outcome).toMatchObject({
      status: 'stopped',
      deleted: 1,
      findings: [{ subject: `semantic, tenant ${one}`, message: reason }],
    })
    const [last] = await query('SELECT error FROM mbsync.runs ORDER BY id DESC LIMIT 1')
    expect(last).toEqual({ error: `${outcome.error}: semantic, tenant ${one}: ${reason}` })
  })

  test('moves nothing to or from a tenant which it keeps as it was', async () => {
    await start()
    await sync()
    await change(`DELETE FROM "Material" WHERE NOT is_global AND tenant_id = '${TENANTS.second}';
      UPDATE "Material" SET tenant_id = '${TENANTS.second}' WHERE NOT is_global`)
    expect(await sync()).toMatchObject({
      status: 'stopped',
      indexed: 0,
      deleted: 0,
      findings: [
        { subject: `semantic, tenant ${TENANTS.first}` },
        { subject: `semantic, tenant ${TENANTS.second}` },
      ],
    })
    expect(mixedbread.documents()).toHaveLength(36)
    expect(
      mixedbread.documents().filter(({ metadata }) => tenantOf(metadata) === TENANTS.first),
    ).toHaveLength(12)
  })

  test('refuses tables without any document', async () => {
    await start()
    await sync()
    await change(`TRUNCATE "Material", works`)
    expect(await sync()).toMatchObject({
      status: 'stopped',
      error: expect.stringContaining('the query returns no document'),
    })
    expect(mixedbread.documents()).toHaveLength(36)
  })
})

describe('a scope', () => {
  test('is brought up to date alone', async () => {
    await start()
    expect(await sync({ scopes: { kind: 'tenant', tenantId: TENANTS.first } })).toMatchObject({
      status: 'done',
      documents: 12,
      indexed: 12,
    })
    expect(await sync({ scopes: { kind: 'global' } })).toMatchObject({
      status: 'done',
      documents: 12,
      indexed: 12,
    })
    expect(await sync({ scopes: { kind: 'tenants' } })).toMatchObject({
      status: 'done',
      documents: 24,
      indexed: 12,
    })
    await expectSameLibrary(pair, mixedbread)
    await change(
      `UPDATE "Material" SET tenant_id = '${TENANTS.second}' WHERE tenant_id = '${TENANTS.first}' AND title = 'title 4'`,
    )
    expect(await sync({ scopes: { kind: 'tenant', tenantId: TENANTS.first } })).toMatchObject({
      status: 'done',
      deleted: 1,
      indexed: 0,
    })
    expect(await sync({ scopes: { kind: 'tenant', tenantId: TENANTS.second } })).toMatchObject({
      status: 'done',
      deleted: 0,
      indexed: 1,
    })
    await expectSameLibrary(pair, mixedbread)
  })

  test('has no documents without a text or an owner', async () => {
    await start()
    await change(
      `UPDATE "Material" SET title = NULL, body = ' ' WHERE id = '${uuidOf(1)}'; UPDATE works SET "tenantId" = NULL`,
    )
    const messages: string[] = []
    const onEvent = (event: { readonly type: string; readonly message?: string }) => {
      if (event.type === 'info' && event.message !== undefined) messages.push(event.message)
    }
    expect(await sync({ onEvent })).toMatchObject({ status: 'done', documents: 27 })
    expect(messages).toEqual([
      'semantic: 9 rows become no documents: they have no text, or belong neither to all tenants nor to one',
    ])
    await expectSameLibrary(pair, mixedbread)
  })

  test('carries metadata of any kind and name, and takes them for the same when it reads them back', async () => {
    await start()
    await change(
      `ALTER TABLE "Material" ADD price numeric DEFAULT 1.50, ADD extra json DEFAULT '{"rate": [10.00, 0.250, "1.50"]}', ADD tenant text;
      UPDATE "Material" SET tenant = CASE WHEN is_global THEN 'none' ELSE tenant_id::text END;
      UPDATE "Material" SET extra = '{"nul": "a\\u0000b", "half": "\\udc00\\ud83d\\ude00\\ud800", "text": "\\\\u0000"}' WHERE id = '${uuidOf(1)}'`,
    )
    const keys = Array.from({ length: 60 }, (_, at) => [`${'k'.repeat(63)}${at}`, String(at)])
    const metadata = { chosen: 'title', price: 'price', extra: 'extra', ...Object.fromEntries(keys) }
    const index = libraryIndex(mixedbread)
    const [material] = index.documents as readonly EntityType[]
    if (material === undefined) throw new Error('There are materials')
    const documents = [{ ...material, metadata, tenant: 'tenant' }]
    expect(await sync({}, { ...index, documents })).toMatchObject({ status: 'done', indexed: 24 })
    const found = mixedbread.document(`tenant-material-${uuidOf(1)}`)?.metadata
    expect(found).toMatchObject({
      chosen: 'title 1',
      price: 1.5,
      extra: { nul: 'a\ufffdb', half: '\ufffd\ud83d\ude00\ufffd', text: '\\u0000' },
      [`${'k'.repeat(63)}59`]: 59,
    })
    expect(Object.keys(found as object)).toHaveLength(69)
    expect(await sync({ reconcile: true }, { ...index, documents })).toMatchObject({ changed: 0 })
    await change(`UPDATE "Material" SET price = 9007199254740993 WHERE id = '${uuidOf(1)}';
      UPDATE "Material" SET price = 1e400 WHERE id = '${uuidOf(2)}'; UPDATE "Material" SET price = 'NaN' WHERE id = '${uuidOf(4)}'`)
    expect(await sync({}, { ...index, documents })).toMatchObject({ rejected: 2, indexed: 1 })
    expect(await stateOf(`tenant-material-${uuidOf(1)}`)).toMatchObject({
      last_error: 'metadata.price: has a number too large to be sent exactly; make it a text',
    })
  })
})

describe('what goes wrong', () => {
  test('with a value of a row is told as such', async () => {
    await start()
    await change(`UPDATE works SET name = 'secret' WHERE id = '${uuidOf(500_001)}'`)
    const index = libraryIndex(mixedbread)
    const documents = (index.documents as readonly EntityType[]).map((entity) => {
      return entity.name === 'work' ? { ...entity, metadata: { n: 'substr(name, 6)::int' } } : entity
    })
    const outcome = await sync({}, { ...index, documents })
    expect(outcome).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^semantic: the query fails on a row: .* has an invalid form/),
      hint: expect.stringContaining('is not a number'),
    })
    expect(JSON.stringify(outcome)).not.toContain('secret')
  })

  test('with the privileges on a table is told with what to grant', async () => {
    await start()
    const role = await createRole(pair.target.url)
    await change(`GRANT CREATE ON DATABASE "${pair.target.name}" TO ${role}`)
    const target = { ...pair.target, url: pair.target.urlFor(role, role) }
    const { search } = await runSearch({ ...pair, target }, [libraryIndex(mixedbread)])
    expect(search[0]).toMatchObject({
      status: 'stopped',
      error: expect.stringContaining('permission denied for table Material'),
      hint: expect.stringContaining('GRANT SELECT'),
    })
  })

  test('with one document does not stop the others, and is tried again', async () => {
    await start()
    const refused = `global-material-${uuidOf(3)}`
    mixedbread.faults.setPolicy(({ externalId, route }) =>
      externalId === refused && route === 'attach-file' ? { status: 422 } : undefined,
    )
    expect(await sync()).toMatchObject({ status: 'rejected', indexed: 35, rejected: 1 })
    expect(await stateOf(refused)).toMatchObject({
      status: 'rejected',
      last_error: 'Value error',
      content_hash: null,
    })
    mixedbread.faults.clear()
    expect(await sync()).toMatchObject({ status: 'done', indexed: 1, rejected: 0 })
    await expectSameLibrary(pair, mixedbread)
  })

  test('with the ingestion of a document is found by the run itself or the next, and sent again', async () => {
    let fails = true
    await start({
      ingestAfterMs: 'manual',
      ingestionErrorOf: ({ externalId }) => (fails && externalId?.endsWith('12') ? 'unreadable' : undefined),
    })
    expect(await sync()).toMatchObject({ status: 'done', indexed: 36 })
    mixedbread.ingest()
    fails = false
    mixedbread.requests.length = 0
    expect(await sync()).toMatchObject({ status: 'done', changed: 2, indexed: 2 })
    mixedbread.ingest()
    expect(await sync()).toMatchObject({ status: 'done', changed: 0 })
    await expectSameLibrary(pair, mixedbread)
    expect(await query(`SELECT DISTINCT status, remote_status FROM mbsync.mixedbread_index_state`)).toEqual([
      { status: 'indexed', remote_status: 'completed' },
    ])
  })

  test('with the ingestion of a document that was cancelled is found, too', async () => {
    await start()
    await sync()
    const id = `global-material-${uuidOf(3)}`
    mixedbread.change(id, { status: 'cancelled' })
    mixedbread.faults.next('attach-file', { status: 422 })
    expect(await sync()).toMatchObject({ status: 'rejected', changed: 1, rejected: 1 })
    expect(await sync()).toMatchObject({ status: 'done', changed: 1, indexed: 1 })
    await expectSameLibrary(pair, mixedbread)
    expect(mixedbread.document(id)).toMatchObject({ status: 'completed' })
  })

  test('with the ingestion is told by a run that waits for it', async () => {
    await start({
      ingestAfterMs: 30_000,
      ingestionErrorOf: ({ externalId }) => (externalId?.endsWith('12') ? 'unreadable' : undefined),
    })
    const left: number[] = []
    const onEvent = (event: { readonly type: string; readonly left?: number }) => {
      if (event.type === 'documents-ingesting' && event.left !== undefined) left.push(event.left)
    }
    expect(await sync({ ingestWaitMs: 600_000, onEvent })).toMatchObject({ status: 'rejected', rejected: 2 })
    expect([left[0], left.at(-1)]).toEqual([expect.any(Number), 0])
    expect(await stateOf(`global-material-${uuidOf(12)}`)).toMatchObject({
      status: 'rejected',
      remote_status: 'failed',
      last_error: 'unreadable',
    })
  })

  test.each([
    [401, 'the key is not accepted', 'MXBAI_API_KEY'],
    [402, 'the balance is used up', 'Top up'],
  ] as const)('with the account (%i) ends the run, and the next goes on', async (status, reason, hint) => {
    await start()
    let answered = 0
    mixedbread.faults.setPolicy(({ route }) =>
      route === 'attach-file' && ++answered > 24 ? { status } : undefined,
    )
    const outcome = await sync()
    expect(outcome).toMatchObject({
      status: 'failed',
      error: expect.stringContaining(reason),
      hint: expect.stringContaining(hint),
    })
    mixedbread.faults.clear()
    const known = await acknowledgedIds()
    expect(known.length).toBeGreaterThan(12)
    mixedbread.requests.length = 0
    expect(await sync()).toMatchObject({ status: 'done', indexed: 36 - known.length })
    const sent = mixedbread.requests
      .filter(({ route }) => route === 'attach-file')
      .map(({ externalId }) => externalId)
    expect(sent.filter((id) => known.includes(id ?? ''))).toEqual([])
    await expectSameLibrary(pair, mixedbread)
  })

  test('when a run is interrupted loses nothing that was acknowledged', async () => {
    await start()
    const controller = new AbortController()
    mixedbread.faults.setPolicy(() => {
      if (mixedbread.documents().length >= 16) controller.abort(new Error('stopped'))
      return undefined
    })
    await expect(sync({ signal: controller.signal })).rejects.toThrow('stopped')
    mixedbread.faults.clear()
    const known = await acknowledgedIds()
    expect(known.length).toBeGreaterThanOrEqual(11)
    expect(await sync()).toMatchObject({ status: 'done', indexed: 36 - known.length })
    await expectSameLibrary(pair, mixedbread)
  })
})

describe('the state', () => {
  test('of a run that died leaves no uploads of documents that it had replaced', async () => {
    await start()
    await sync()
    const before = await query('SELECT document_id, remote_id FROM mbsync.mixedbread_index_state')
    await change(`UPDATE works SET name = 'new ' || name`)
    await sync()
    const parameters = [before.map((row) => row.document_id), before.map((row) => row.remote_id)]
    await pair.target.client.query(
      `UPDATE mbsync.mixedbread_index_state AS d SET status = 'pending', remote_id = b.remote_id
       FROM unnest($1::text[], $2::text[]) AS b (id, remote_id) WHERE d.document_id = b.id`,
      parameters,
    )
    expect(await sync()).toMatchObject({ status: 'done', indexed: 36 })
    await expectSameLibrary(pair, mixedbread)
  })

  test('survives what somebody else put into the store with its mark', async () => {
    await start()
    await sync()
    mixedbread.add('weird', 'text', { managed_by: 'mbsync', note: 'a\0b\ud800' })
    mixedbread.add('their-own', 'text', { note: 'a\0b' })
    expect(await sync({ allowMassDelete: true })).toMatchObject({ status: 'done', deleted: 1 })
    expect(mixedbread.document('their-own')).toBeDefined()
    mixedbread.add('x'.repeat(256), 'text', { managed_by: 'mbsync' })
    const warnings: string[] = []
    const onEvent = (event: { readonly type: string; readonly message?: string }) => {
      if (event.type === 'warning' && event.message !== undefined) warnings.push(event.message)
    }
    expect(await sync({ onEvent })).toMatchObject({ status: 'stopped', changed: 0 })
    expect(warnings[0]).toContain('1 documents whose ids mbsync can neither have written nor delete')
  })

  test('is made again from what the store lists, and nothing is sent', async () => {
    await start()
    await sync()
    await query('DROP SCHEMA mbsync CASCADE')
    await change(`UPDATE "Material" SET body = 'another' WHERE id = '${uuidOf(1)}'`)
    mixedbread.requests.length = 0
    expect(await sync({ reconcile: true })).toMatchObject({
      status: 'done',
      documents: 36,
      changed: 1,
      indexed: 1,
    })
    expect(writes().filter((route) => route === 'upload-file')).toHaveLength(1)
    await expectSameLibrary(pair, mixedbread)
  })

  test('is corrected where the store was changed by somebody else', async () => {
    await start()
    await sync()
    const [lost, changed] = [`global-material-${uuidOf(3)}`, `tenant-material-${uuidOf(1)}`]
    mixedbread.remove(lost)
    expect(await sync()).toMatchObject({ status: 'done', indexed: 1 })
    mixedbread.change(changed, {
      metadata: { managed_by: 'mbsync', scope: 'tenant', tenant_id: TENANTS.first },
    })
    expect(await sync()).toMatchObject({ changed: 0 })
    expect(await sync({ reconcile: true })).toMatchObject({ status: 'done', changed: 1, indexed: 1 })
    mixedbread.drop()
    expect(await sync()).toMatchObject({ status: 'done', indexed: 36 })
    await expectSameLibrary(pair, mixedbread)
  })

  test('is of one store at a time', async () => {
    await start()
    await sync()
    const other = { ...mixedbread, storeName: 'other' }
    mixedbread.addStore('other')
    expect(await sync({}, libraryIndex(other, { name: 'second' }))).toMatchObject({
      status: 'stopped',
      error: expect.stringContaining('is that of search index semantic'),
    })
    expect(await sync({}, libraryIndex(other))).toMatchObject({ status: 'done', indexed: 36 })
  })

  test('answers the queries that watch it', async () => {
    await start()
    await sync()
    await query(
      `UPDATE mbsync.mixedbread_index_state SET last_seen_at = now() - interval '3 days' WHERE document_id LIKE 'tenant-work%'`,
    )
    for (const sql of await monitoringQueries()) expect(await query(sql)).not.toEqual([])
    expect(
      await query(`SELECT indexname FROM pg_indexes WHERE tablename = 'mixedbread_index_state' ORDER BY 1`),
    ).toEqual([
      { indexname: 'idx_mixedbread_state_entity_type' },
      { indexname: 'idx_mixedbread_state_scope_tenant' },
      { indexname: 'idx_mixedbread_state_tenant_id' },
      { indexname: 'mixedbread_index_state_pkey' },
    ])
    await sync()
    expect(
      await query(`SELECT FROM mbsync.mixedbread_index_state WHERE last_seen_at < now() - interval '1 day'`),
    ).toEqual([])
  })
})

function tenantOf(metadata: unknown): unknown {
  return (metadata as Record<string, unknown>).tenant_id
}

async function query(sql: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> {
  const { rows } = await pair.target.client.query(sql, parameters)
  return rows
}

async function stateOf(id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await query('SELECT * FROM mbsync.mixedbread_index_state WHERE document_id = $1', [id])
  return row
}

async function acknowledgedIds(): Promise<string[]> {
  const rows = await query(
    `SELECT document_id AS id FROM mbsync.mixedbread_index_state WHERE status = 'indexed'`,
  )
  return rows.map(({ id }) => String(id))
}

/** The queries on the table of the documentation. */
async function monitoringQueries(): Promise<string[]> {
  const text = await readFile(new URL('../../docs/MIXEDBREAD.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = '']) => sql)
  const queries = blocks
    .filter((sql) => sql.includes('mixedbread_index_state'))
    .flatMap((sql) => sql.split(';\n'))
  expect(queries.filter((sql) => sql.trim() !== '')).toHaveLength(3)
  return queries.filter((sql) => sql.trim() !== '')
}
