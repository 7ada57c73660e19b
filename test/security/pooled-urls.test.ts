import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import {
  type PgBouncer,
  type PgBouncerOptions,
  startPgBouncer,
  whyWithoutPgBouncer,
} from '../support/pgbouncer.ts'
import { readPool, startPoolApplication } from '../support/pool-application.ts'
import { runHere } from '../support/run-mbsync.ts'

const reason = whyWithoutPgBouncer()
if (reason !== undefined) console.warn(`Tests of pooled URLs are skipped: ${reason}`)

const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  nightly: { from: production, to: staging }
  searched: { from: production, to: staging, search: [authors, semantic] }
search:
  authors:
    type: typesense
    query: SELECT id::text AS id, name FROM public.author
    schema: { fields: [{ name: name, type: string }] }
  semantic:
    type: mixedbread
    entities: { author: { table: public.author, text: name, metadata: { name: name } } }
`
const SCHEMA = 'CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL);'
const POOL = 6
const TRANSACTION_MODES: readonly (readonly [string, PgBouncerOptions])[] = [
  ['transaction mode, the newest connection first', { mode: 'transaction' }],
  ['transaction mode, connections by turns', { mode: 'transaction', settings: { server_round_robin: 1 } }],
  ['transaction mode with a single connection', { mode: 'transaction', settings: { default_pool_size: 1 } }],
  ['statement mode', { mode: 'statement' }],
]

describe.skipIf(reason !== undefined)('a pooled URL', () => {
  let pair: DatabasePair
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mbsync-pooled-'))
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} INSERT INTO author (name) SELECT 'a' || n FROM generate_series(1, 20) AS n`,
      targetSql: SCHEMA,
    })
    await mbsync(['export', 'nightly', '--output', join(folder, 'dump')])
  })
  afterAll(async () => {
    await pair?.drop()
    await rm(folder, { recursive: true, force: true })
  })

  const surroundings = (pooled: Partial<Record<'source' | 'target', string>> = {}) => ({
    env: {
      PRODUCTION_DATABASE_URL: pooled.source ?? pair.source.url,
      STAGING_DATABASE_URL: pooled.target ?? pair.target.url,
      TYPESENSE_URL: 'http://127.0.0.1:1',
      TYPESENSE_API_KEY: 'key',
      MIXEDBREAD_BASE_URL: 'http://127.0.0.1:1',
      MXBAI_API_KEY: 'key',
      MXBAI_STORE_ID: 'store',
    },
    files: { 'mbsync.yaml': CONFIG },
  })
  const mbsync = (args: readonly string[], pooled = {}) => runHere(args, surroundings(pooled))
  const schemasOf = async (side: 'source' | 'target') => {
    const { rows } = await pair[side].client.query(
      `SELECT nspname FROM pg_namespace WHERE nspname ~ '^mbsync'`,
    )
    return rows
  }
  const usingPooler = async (
    side: 'source' | 'target',
    options: PgBouncerOptions,
    use: (url: string, pooler: PgBouncer) => Promise<void>,
  ) => {
    const pooler = await startPgBouncer(pair[side].url, options)
    try {
      await use(pooler.through(pair[side].url), pooler)
    } finally {
      await pooler.close()
    }
  }

  const commands = (side: 'source' | 'target'): readonly (readonly string[])[] => {
    const dump = join(folder, 'dump')
    const both = [
      ['check', 'nightly'],
      ['sync', 'nightly'],
      ['sync', 'nightly', '--dry-run'],
      ['full-sync', 'nightly'],
      ['verify', 'nightly'],
    ]
    return side === 'source'
      ? [
          ...both,
          ['export', 'nightly', '--output', join(folder, 'pooled')],
          ['export', '--from', 'production', '--output', join(folder, 'pooled-whole')],
          ['init', '--force'],
        ]
      : [
          ...both,
          ['import', dump, '--to', 'staging'],
          ['import', dump, '--to', 'staging', '--dry-run'],
          ['status'],
          ['status', 'nightly', '--watch'],
          ['rollback', 'nightly'],
          ['typesense', 'searched'],
          ['typesense', 'rejected', 'searched'],
          ['mixedbread', 'all', 'searched'],
          ['mixedbread', 'tenants', 'searched', '--list'],
          ['mixedbread', 'export', 'searched', '--output', join(folder, 'documents.ndjson')],
        ]
  }

  test.each(['source', 'target'] as const)(
    'before the %s, in transaction mode and used by a busy application, is refused by every command, and the application works on',
    async (side) => {
      const options = { mode: 'transaction', settings: { default_pool_size: POOL } } as const
      await usingPooler(side, options, async (url) => {
        const before = await readPool(url, POOL)
        const application = await startPoolApplication(url)
        const waiting = [...commands(side)]
        const runThem = async () => {
          for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
            const { exitCode, stdout, stderr } = await mbsync(command, { [side]: url })
            expect.soft(exitCode, `${command.join(' ')}\n${stdout}${stderr}`).toBe(3)
            expect.soft(stdout + stderr).toMatch(/pooler in transaction mode/)
          }
        }
        await Promise.all([runThem(), runThem(), runThem()])
        await application.stop()
        expect(application.errors).toEqual([])
        expect(await readPool(url, POOL)).toEqual(before)
      })
      expect(await schemasOf('target'), 'nothing was written').toEqual([])
      expect(await schemasOf('source')).toEqual([])
    },
  )

  test.each(TRANSACTION_MODES)(
    'in %s is refused while no other client uses it, and is left as it was',
    async (_, options) => {
      await usingPooler('target', options, async (url) => {
        const connections = options.settings?.default_pool_size === 1 ? 1 : POOL
        const read = options.mode === 'statement' ? async () => [] : () => readPool(url, connections)
        const before = await read()
        for (const command of [['status'], ['check', 'nightly'], ['sync', 'nightly']]) {
          const { exitCode, stdout, stderr } = await mbsync(command, { target: url })
          expect.soft(exitCode, `${command.join(' ')}\n${stdout}${stderr}`).toBe(3)
        }
        expect(await read()).toEqual(before)
      })
    },
  )

  test.each(TRANSACTION_MODES.slice(0, 3))(
    'in %s is refused each time while an application is busy',
    async (_, options) => {
      await usingPooler('source', options, async (url) => {
        const application = await startPoolApplication(url)
        for (let attempt = 0; attempt < 5; attempt += 1) {
          const { exitCode, stderr } = await mbsync(
            ['export', 'nightly', '--output', join(folder, 'pooled')],
            { source: url },
          )
          expect(exitCode, stderr).toBe(3)
        }
        await application.stop()
        expect(application.errors).toEqual([])
      })
    },
  )

  test('in session mode serves every command, and is left as it was even where the pooler resets nothing', async () => {
    const options = { mode: 'session', settings: { default_pool_size: 20, server_reset_query: '' } } as const
    const [source, target] = await Promise.all([
      startPgBouncer(pair.source.url, options),
      startPgBouncer(pair.target.url, options),
    ])
    const pooled = { source: source.through(pair.source.url), target: target.through(pair.target.url) }
    for (const command of [
      ['check', 'nightly'],
      ['sync', 'nightly'],
      ['status'],
      ['verify', 'nightly'],
      ['export', 'nightly', '--output', join(folder, 'through-session-mode')],
      ['rollback', 'nightly'],
    ]) {
      const { exitCode, stdout, stderr } = await mbsync(command, pooled)
      expect(exitCode, `${command.join(' ')}\n${stdout}${stderr}`).toBe(0)
    }
    const clean = (await readPool(source.through(pair.source.url), 1))[0]
    expect(clean).toMatchObject({ settings: null, prepared: 0, channels: 0, advisoryLocks: 0 })
    for (const url of Object.values(pooled)) {
      for (const found of await readPool(url, 5)) expect(found).toEqual(clean)
    }
    await Promise.all([source.close(), target.close()])
    await pair.target.client.query('DROP SCHEMA mbsync, mbsync_landing, mbsync_undo CASCADE')
  })

  test('in session mode with a single connection is refused in time', async () => {
    await usingPooler('target', { mode: 'session', settings: { default_pool_size: 1 } }, async (url) => {
      const impatient = `${url}${url.includes('?') ? '&' : '?'}connect_timeout=2`
      const { exitCode, stderr } = await mbsync(['status'], { target: impatient })
      expect(exitCode, stderr).toBe(3)
      expect(stderr).toMatch(/no second connection/)
    })
  })
})
