import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TypesenseSchema } from '../../src/config/config.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import { sentIds, shopIndex } from '../support/typesense-index.ts'

describe('values that a server does not keep as they are', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeAll(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({
      targetSql: `CREATE TABLE t (id int PRIMARY KEY, title text, big bigint, n numeric, parts jsonb);
        INSERT INTO t SELECT i, 'title ' || i, i, i, '{}' FROM generate_series(1, 200) i;`,
    })
  })
  afterAll(async () => {
    await server.close()
    await pair.drop()
  })

  const title = { name: 'title', type: 'string' }
  const run = (collection: string, documents: string, schema: TypesenseSchema, reconcile = false) =>
    runSearch(pair, [shopIndex(server, { name: collection, documents }, { collection, schema })], {
      create: true,
      reconcile,
    })

  test('a field that is indexed and not stored is no difference', async () => {
    // Of an object, a server keeps what it does not store as well: it removes names of the top level alone.
    const nested = { name: 'meta.n', type: 'int32', optional: true, store: false }
    const body = { name: 'body', type: 'string', optional: true, store: false }
    const schema = { fields: [title, body, nested], enable_nested_fields: true }
    const query = `SELECT id, title, 'body of ' || title AS body, jsonb_build_object('n', 1) AS meta FROM public.t`
    expect((await run('unstored', query, schema)).search).toMatchObject([{ status: 'done', indexed: 200 }])
    const id = [...server.documentsOf('unstored').keys()][0] ?? ''
    expect(server.documentsOf('unstored').get(id)).not.toHaveProperty('body')
    expect(server.documentsOf('unstored').get(id)).toHaveProperty('meta.n', 1)
    server.requests.length = 0
    expect((await run('unstored', query, schema, true)).search).toMatchObject([
      { status: 'done', indexed: 0 },
    ])
    server.putDocument('unstored', { id, title: 'altered' })
    expect((await run('unstored', query, schema, true)).search).toMatchObject([
      { status: 'done', indexed: 1 },
    ])
    expect(sentIds(server)).toEqual([id])
  })

  test('a number beyond 32 bits is refused by the type of its column, and by value where a type does not show it', async () => {
    const fields = (...more: TypesenseSchema['fields']) => ({
      fields: [title, ...more],
      enable_nested_fields: true,
    })
    const byType = await run(
      'by_type',
      'SELECT id, title, big FROM public.t',
      fields({ name: 'big', type: 'int32' }),
    )
    expect(byType.search).toMatchObject([{ status: 'stopped', indexed: 0 }])
    expect(byType.search[0]?.findings).toMatchObject([
      {
        message: expect.stringContaining('of the type bigint'),
        hint: expect.stringContaining('Give the field the type int64'),
      },
    ])
    await pair.target.client.query(
      `UPDATE public.t SET parts = '[{"n": 1}, {"n": 4294967296}]' WHERE id = 7; UPDATE public.t SET n = 2147483648 WHERE id = 8`,
    )
    const schema = fields({ name: 'n', type: 'int32' }, { name: 'parts.n', type: 'int32[]', optional: true })
    const byValue = await run('by_value', 'SELECT id, title, n, parts FROM public.t', schema)
    expect(byValue.search).toMatchObject([{ status: 'rejected', indexed: 198, rejected: 2 }])
    const { rows } = await pair.target.client.query(
      `SELECT id, error FROM mbsync.documents WHERE status = 'rejected' ORDER BY id`,
    )
    expect(rows).toEqual([
      { id: '7', error: expect.stringContaining('Field `parts.n` must be an int32') },
      { id: '8', error: expect.stringContaining('Field `n` must be an int32') },
    ])
    await pair.target.client.query('UPDATE public.t SET n = 1, parts = NULL')
  })

  test('a number that no server reads is named with its field', async () => {
    await pair.target.client.query('UPDATE public.t SET n = 1e400 WHERE id = 9')
    const schema = { fields: [title, { name: 'n', type: 'float' }] }
    expect((await run('huge', 'SELECT id, title, n FROM public.t', schema)).search).toMatchObject([
      { status: 'rejected', indexed: 199 },
    ])
    const { rows } = await pair.target.client.query(
      `SELECT error FROM mbsync.documents WHERE status = 'rejected' AND id = '9'`,
    )
    expect(rows).toEqual([
      { error: expect.stringMatching(/^Bad JSON: the number in the field `n` is larger/) },
    ])
  })
})
