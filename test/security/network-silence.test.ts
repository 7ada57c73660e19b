import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InterruptedError } from '../../src/core/errors.ts'
import type { ProgressEvent } from '../../src/core/progress.ts'
import { type Database, withDatabase } from '../../src/postgres/database.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { type MuteServer, startMuteServer } from '../support/mute-server.ts'
import { runHere, runMbsync, startMbsync } from '../support/run-mbsync.ts'
import { runSync } from '../support/run-sync.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
const SOURCE = `${SCHEMA}
  INSERT INTO item SELECT i, repeat(md5(i::text), 40) FROM generate_series(1, 20000) i;`
const TARGET = `${SCHEMA} INSERT INTO item SELECT i, 'old' FROM generate_series(1, 100) i;`

/** AuthenticationOk, then ReadyForQuery outside a transaction. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

const SILENT = { connectMs: 3000, lockMs: 30_000, silenceMs: 1000 }

type Side = 'source' | 'target'

let pair: DatabasePair
let before: Awaited<ReturnType<typeof readContent>>
let proxies: Record<Side, TcpProxy>

beforeEach(async () => {
  pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
  before = await readContent(pair.target.client)
  proxies = {
    source: await startProxy(portOf(pair.source.url)),
    target: await startProxy(portOf(pair.target.url)),
  }
})

afterEach(async () => {
  await Promise.all([proxies.source.close(), proxies.target.close()])
  await pair.drop()
})

/** The pair as it is reached through the proxies. */
function proxied(): DatabasePair {
  const through = (side: Side) => ({
    ...pair[side],
    url: withPort(pair[side].url, proxies[side].port),
  })
  return { ...pair, source: through('source'), target: through('target') }
}

function syncOf(onEvent?: (event: ProgressEvent) => void) {
  return runSync(proxied(), { profile: { timeouts: SILENT }, ...(onEvent && { onEvent }) })
}

async function expectUnharmed(): Promise<void> {
  expect(await readContent(pair.target.client)).toEqual(before)
  await expectNoSession(pair.source.client)
  await expectNoSession(pair.target.client)
}

async function expectNoSession(client: pg.Client): Promise<void> {
  const sql = `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync'`
  await expect.poll(async () => (await client.query(sql)).rows).toEqual([])
}

describe('a server that does not answer is waited for no longer than connect_timeout', () => {
  let server: MuteServer
  afterEach(() => server.close())

  const env = (side: Side, parameters: string) => {
    const mute = `postgres://me:secret@127.0.0.1:${server.port}/db?connect_timeout=1${parameters}`
    return {
      PRODUCTION_DATABASE_URL: side === 'source' ? mute : pair.source.url,
      STAGING_DATABASE_URL: side === 'target' ? mute : pair.target.url,
    }
  }

  test.each([
    { name: 'that says nothing', answers: [] },
    { name: 'that refuses TLS and then says nothing', answers: ['N'] },
    { name: 'that agrees to TLS and then says nothing', answers: ['S'] },
    { name: 'that lets mbsync in and then says nothing', answers: ['N', WELCOME], isWelcome: true },
  ])('$name', async ({ answers, isWelcome = false }) => {
    server = await startMuteServer(isWelcome ? [WELCOME] : answers)
    for (const side of ['source', 'target'] as const) {
      const { exitCode, stderr } = await runHere(['sync'], {
        env: env(side, isWelcome ? '&sslmode=disable' : ''),
      })
      expect(stderr).toMatch(/no answer from 127\.0\.0\.1:\d+\/db in time/)
      expect(stderr).not.toMatch(/secret/)
      expect(exitCode).toBe(1)
    }
    await expect.poll(() => server.connections()).toBe(0)
  })

  test('and with sslmode=require, one that refuses TLS and keeps the connection is refused at once', async () => {
    server = await startMuteServer(['N'])
    const { exitCode, stdout } = await runMbsync(['check'], { env: env('source', '&sslmode=require') })
    expect(stdout).toMatch(/does not offer TLS/)
    expect(exitCode).toBe(1)
  })

  test.each([
    { name: 'says nothing', answers: [], parameters: '' },
    { name: 'lets mbsync in and then says nothing', answers: [WELCOME], parameters: '&sslmode=disable' },
  ])('and a signal ends a command that connects to one which $name', async ({ answers, parameters }) => {
    server = await startMuteServer(answers)
    const run = startMbsync(['sync'], {
      env: { ...env('source', ''), PRODUCTION_DATABASE_URL: muteUrl(parameters) },
    })
    await expect.poll(() => server.connections()).toBeGreaterThan(0)
    run.kill('SIGTERM')
    expect(await run.ended).toMatchObject({ exitCode: 143, stderr: expect.stringMatching(/Interrupted/) })
  })

  const muteUrl = (parameters: string) =>
    `postgres://me:secret@127.0.0.1:${server.port}/db?connect_timeout=600${parameters}`
})

describe('a connection that stays up in silence is given up', () => {
  test('when the source falls silent in the middle of a COPY', async () => {
    proxies.source.stallAfter(1_500_000)
    await expect(syncOf()).rejects.toThrow(
      /production: no data from 127\.0\.0\.1:\d+\/\w+ for \d+ seconds, although the server waits for mbsync/,
    )
    await expectUnharmed()
  })

  test('when the target falls silent while rows land, and the source is not blamed', async () => {
    await expect(
      syncOf((event) => {
        if (event.type === 'bytes') proxies.target.stall()
      }),
    ).rejects.toThrow(/staging: no data from .* although the server waits for mbsync/)
    await expectUnharmed()
  })

  test('when the target falls silent in the merge', async () => {
    proxies.target.stallAt(/^.{0,20}UPDATE|SHARE ROW EXCLUSIVE/s)
    await expect(syncOf()).rejects.toThrow(/staging: no data from .* although the server waits for mbsync/)
    await expectUnharmed()
  })

  test('when no new connection is answered either', async () => {
    await expect(
      syncOf((event) => {
        if (event.type === 'bytes') proxies.source.mute()
      }),
    ).rejects.toThrow(
      /production: no data from .*, and the server does not answer on another connection either/,
    )
    await proxies.source.close()
    await expectUnharmed()
  })

  test('when its session was ended on the server, and the news was lost', async () => {
    const url = withPort(pair.target.url, proxies.target.port)
    await usingTarget(url, async (database) => {
      const session = await database.session()
      proxies.target.stall()
      await pair.target.client.query('SELECT pg_terminate_backend($1)', [session.pid])
      await expect(session.query('SELECT 1')).rejects.toThrow(/the server has no such session any longer/)
    })
  })

  test('but not before it is known whether it has committed, when it falls silent at COMMIT', async () => {
    proxies.target.stallAt(/COMMIT/, /source_snapshot = \$2/)
    await syncOf()
    await expectSameContent(pair.source.client, pair.target.client)
  })
})

describe('a server that works in silence is left to its work', () => {
  test('when it runs one statement for longer than the limit', async () => {
    await usingTarget(pair.target.url, async (database) => {
      const session = await database.session()
      await session.execute('SELECT pg_sleep(3.5)')
    })
  })

  test('when the merge waits for a lock', async () => {
    const other = await connect(pair.target.url)
    await other.query('BEGIN; LOCK TABLE item IN ROW EXCLUSIVE MODE')
    const run = syncOf()
    await expect
      .poll(async () => (await other.query(`SELECT FROM pg_locks WHERE NOT granted`)).rowCount)
      .not.toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await other.query('ROLLBACK')
    await other.end()
    await run
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('when it waits for its rows to be read, or for rows to be sent', async () => {
    await usingTarget(pair.target.url, async (database) => {
      const [reader, writer] = [await database.session(), await database.session()]
      await writer.execute('CREATE TEMPORARY TABLE taken (i int)')
      const read = reader.copyOut(`COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT`)
      const write = writer.copyIn('COPY taken FROM STDIN')
      await new Promise((resolve) => setTimeout(resolve, 3000))
      write.end('1\n')
      await new Promise((resolve, reject) => write.once('finish', resolve).once('error', reject))
      let bytes = 0
      for await (const chunk of read) bytes += chunk.length
      expect(bytes).toBe(20000 * 1001)
    })
  })
})

describe('a first SIGTERM ends a run', () => {
  const start = (args: readonly string[] = ['sync']) => {
    const { source, target } = proxied()
    return startMbsync(args, {
      env: { PRODUCTION_DATABASE_URL: source.url, STAGING_DATABASE_URL: target.url },
    })
  }

  async function expectTerminated(run: ReturnType<typeof startMbsync>): Promise<void> {
    run.kill('SIGTERM')
    const { exitCode, stderr } = await run.ended
    expect(stderr).toMatch(/Interrupted by SIGTERM/)
    expect(exitCode, stderr).toBe(143)
  }

  test.each(['stall', 'mute'] as const)(
    'while the source is silent in the middle of a COPY (%s)',
    async (how) => {
      proxies.source.stallAfter(1_500_000)
      const run = start()
      await untilStalled(pair.source.client, `query ~ '^COPY' AND wait_event = 'ClientWrite'`)
      if (how === 'mute') proxies.source.mute()
      await expectTerminated(run)
      await Promise.all([proxies.source.close(), proxies.target.close()])
      await expectUnharmed()
    },
  )

  test.each(['stall', 'mute'] as const)('while the target is silent as rows land (%s)', async (how) => {
    proxies.target.stallAt(/^d.*\n/s)
    const run = start()
    await untilStalled(pair.target.client, `query ~ '^COPY' AND wait_event = 'ClientRead'`)
    if (how === 'mute') proxies.target.mute()
    await expectTerminated(run)
    await Promise.all([proxies.source.close(), proxies.target.close()])
    await expectUnharmed()
  })

  test.each(['stall', 'mute'] as const)('while the target is silent in the merge (%s)', async (how) => {
    proxies.target.stallAt(/SHARE ROW EXCLUSIVE/)
    const run = start()
    await untilStalled(pair.target.client, `query ~ 'SHARE ROW EXCLUSIVE' AND state LIKE 'idle%'`)
    if (how === 'mute') proxies.target.mute()
    await expectTerminated(run)
    await Promise.all([proxies.source.close(), proxies.target.close()])
    await expectUnharmed()
  })

  test('while it waits for a lock', async () => {
    const other = await connect(pair.target.url)
    await other.query('BEGIN; LOCK TABLE item IN ROW EXCLUSIVE MODE')
    const run = start()
    await untilStalled(pair.target.client, `wait_event_type = 'Lock'`)
    await expectTerminated(run)
    await other.end()
    await expectUnharmed()
  })

  test('while it waits for another run', async () => {
    const other = await connect(pair.target.url)
    await other.query('SELECT pg_advisory_lock($1, $2)', [0x6d627379, 0x6e63])
    const run = start(['sync', '--wait', '600'])
    await run.untilStderr(/waiting for it to end/)
    await expectTerminated(run)
    await other.end()
    await expectUnharmed()
  })

  async function untilStalled(client: pg.Client, condition: string): Promise<void> {
    const sql = `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'mbsync' AND ${condition}`
    await expect.poll(async () => (await client.query(sql)).rowCount).not.toBe(0)
  }
})

test('at COMMIT, a signal does not hide that the outcome is not known', async () => {
  const stop = new AbortController()
  proxies.target.stallAt(/COMMIT/, /source_snapshot = \$2/)
  const run = runSync(proxied(), { signal: stop.signal })
  run.catch(() => undefined)
  await expect
    .poll(async () => (await pair.target.client.query('SELECT FROM public.item')).rowCount, {
      timeout: 30_000,
    })
    .toBe(20_000)
  proxies.target.mute()
  stop.abort(new InterruptedError('SIGTERM'))
  await expect(run).rejects.toThrow(/did not answer the COMMIT of run 1: `mbsync status 1` shows/)
  await proxies.target.close()
  await expectSameContent(pair.source.client, pair.target.client)
})

function usingTarget<T>(url: string, use: (database: Database) => Promise<T>): Promise<T> {
  const { signal } = new AbortController()
  return withDatabase({ name: 'staging', url, role: 'target', signal, ...SILENT }, use)
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

function withPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}
