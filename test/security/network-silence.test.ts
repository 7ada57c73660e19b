import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, withDatabase } from '../../src/postgres/database.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { expectSameContent } from '../support/database-content.ts'
import { connect } from '../support/databases.ts'
import { type MuteServer, startMuteServer } from '../support/mute-server.ts'
import { runHere, runMbsync, startMbsync } from '../support/run-mbsync.ts'
import { runSync } from '../support/run-sync.ts'
import {
  createStalledPair,
  createStalledTemplate,
  type StalledPair,
  type StalledTemplate,
} from '../support/stalled-pair.ts'

/** AuthenticationOk, then ReadyForQuery outside a transaction. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

const SILENT = { connectMs: 3000, lockMs: 30_000, silenceMs: 1000 }

let template: StalledTemplate
let pair: StalledPair

beforeAll(async () => {
  template = await createStalledTemplate()
})
afterAll(() => template?.drop())
beforeEach(async () => {
  pair = await createStalledPair(template)
})
afterEach(() => pair.drop())

function syncOf(onEvent?: (event: ProgressEvent) => void) {
  return runSync(pair.proxied, { profile: { timeouts: SILENT }, ...(onEvent && { onEvent }) })
}

describe('a server that does not answer is waited for no longer than connect_timeout', () => {
  let server: MuteServer
  afterEach(() => server.close())

  const env = (side: 'source' | 'target', parameters: string) => {
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
    expect(exitCode).toBe(3)
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
    pair.proxies.source.stallAfter(1_500_000)
    await expect(syncOf()).rejects.toThrow(
      /production: no data from 127\.0\.0\.1:\d+\/\w+ for \d+ s, although the server waits for mbsync/,
    )
    await pair.expectUnharmed()
  })

  test('when the target falls silent while rows land, and the source is not blamed', async () => {
    await expect(
      syncOf((event) => {
        if (event.type === 'bytes') pair.proxies.target.stall()
      }),
    ).rejects.toThrow(/staging: no data from .* although the server waits for mbsync/)
    await pair.expectUnharmed()
  })

  test('when the target falls silent in the merge', async () => {
    pair.proxies.target.stallAt(/^.{0,20}UPDATE|SHARE ROW EXCLUSIVE/s)
    await expect(syncOf()).rejects.toThrow(/staging: no data from .* although the server waits for mbsync/)
    await pair.expectUnharmed()
  })

  test('when no new connection is answered either', async () => {
    await expect(
      syncOf((event) => {
        if (event.type === 'bytes') pair.proxies.source.mute()
      }),
    ).rejects.toThrow(
      /production: no data from .*, and the server does not answer on another connection either/,
    )
    await pair.proxies.source.close()
    await pair.expectUnharmed()
  })

  test('when its session was ended on the server, and the news was lost', async () => {
    const url = pair.proxied.target.url
    await usingTarget(url, async (database) => {
      const session = await database.session()
      pair.proxies.target.stall()
      await pair.target.client.query('SELECT pg_terminate_backend($1)', [session.pid])
      await expect(session.query('SELECT 1')).rejects.toThrow(/the server no longer has this session/)
    })
  })

  test('but not before it is known whether it has committed, when it falls silent at COMMIT', async () => {
    pair.proxies.target.stallAt(/COMMIT/, /merge_xid = txid_current/)
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

function usingTarget<T>(url: string, use: (database: Database) => Promise<T>): Promise<T> {
  const { signal } = new AbortController()
  return withDatabase({ name: 'staging', url, role: 'target', signal, ...SILENT }, use)
}
