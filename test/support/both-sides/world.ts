import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { expect } from 'vitest'
import { InterruptedError } from '../../../src/core/errors.ts'
import type { Cluster } from '../cluster.ts'
import { asSuperuser, connect } from '../databases.ts'
import { runRollback, runSync, type TestRunOptions } from '../run-sync.ts'
import type { Act, Meeting, Side, Step } from './steps.ts'
import {
  type Content,
  expectedOf,
  type How,
  optionsOf,
  TABLES,
  type TableOf,
  withoutNew,
} from './ways-to-run.ts'

type Clusters = Readonly<Record<Side, Cluster>>

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('one', 'two');
  CREATE TABLE item (id int PRIMARY KEY, v text, m mood, extra int);
  CREATE TABLE child (id int PRIMARY KEY, item int REFERENCES item ON DELETE CASCADE);
  CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF parted FOR VALUES FROM (-1000) TO (500);
  CREATE TABLE high PARTITION OF parted FOR VALUES FROM (500) TO (5000);
  CREATE TABLE spare (id int PRIMARY KEY, v text);
  CREATE TABLE plain (id int PRIMARY KEY, v text);
  CREATE TABLE log (v int);
  INSERT INTO item SELECT i, 'v' || i FROM generate_series(0, 30) i;
  INSERT INTO child SELECT i, i FROM generate_series(0, 10) i;
  INSERT INTO parted SELECT i, 'p' FROM generate_series(0, 30) i;
  INSERT INTO spare SELECT i, 's' FROM generate_series(0, 10) i;
  INSERT INTO plain SELECT i, 'x' FROM generate_series(0, 10) i;`
/** What only staging has: a trigger that fires whoever writes. */
const OF_STAGING = `
  CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE plain SET v = v || '!' WHERE id = 1; RETURN NULL; END $$;
  CREATE TRIGGER spoil AFTER INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION spoil();
  ALTER TABLE item ENABLE ALWAYS TRIGGER spoil;`

let number = 0

/** A pair of databases on servers of their own, what is connected to them, and what is known of their past. */
export class World {
  readonly #clusters: Clusters
  readonly #name: string
  readonly #to: string
  readonly #copies = new Map<Side, string>()
  #open: pg.Client | undefined
  #visitor: pg.Client | undefined
  /** The content before each run that can be rolled back, as long as nobody else writes. */
  #past: Content[] = []

  private constructor(clusters: Clusters, name: string, to: string) {
    this.#clusters = clusters
    this.#name = name
    this.#to = to
  }

  static async create(clusters: Clusters, isOwner: boolean): Promise<World> {
    number += 1
    const name = `world_${number}`
    const role = isOwner ? `owner_${number}` : 'postgres'
    for (const [at, cluster] of Object.entries(clusters)) {
      await asSuperuser(cluster.url(), async (admin) => {
        await admin.query(`CREATE DATABASE ${name}`)
        if (isOwner && at === 'target') {
          await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'test'; GRANT pg_read_all_stats TO ${role}`)
          await admin.query(`ALTER DATABASE ${name} OWNER TO ${role}`)
        }
      })
      await asSuperuser(cluster.url(name, at === 'target' ? role : 'postgres', 'test'), (client) =>
        client.query(`${SCHEMA} ${at === 'target' ? OF_STAGING : ''}`),
      )
      // A crash loses what is not flushed, but not everything.
      await asSuperuser(cluster.url(), (admin) => admin.query('CHECKPOINT'))
    }
    return new World(clusters, name, clusters.target.url(name, role, 'test'))
  }

  async take(each: Step): Promise<void> {
    if (each.kind === 'sync') return this.#sync(each.how, each.meets)
    if (each.kind === 'rollback') return this.#rollBack()
    if (each.kind === 'open') return this.#inOpen(each.sql)
    if (each.kind === 'server') return this.#serve(each.side, each.act)
    if (each.kind === 'migrate') return this.#migrate(each.sql)
    if (each.side === 'target') this.#past = []
    await asSuperuser(this.#url(each.side), (client) => tried(client, each.sql))
  }

  async end(): Promise<void> {
    await this.#leave()
    for (const [at, cluster] of Object.entries(this.#clusters)) {
      const prepared = await asSuperuser(this.#url(at as Side), async (client) => {
        const { rows } = await client.query('SELECT gid FROM pg_prepared_xacts')
        for (const { gid } of rows) await tried(client, `ROLLBACK PREPARED '${gid}'`)
        return rows
      })
      expect(prepared.length).toBeLessThan(2)
      await asSuperuser(cluster.url(), (admin) => admin.query(`DROP DATABASE ${this.#name} WITH (FORCE)`))
    }
    for (const copy of this.#copies.values()) rmSync(copy, { recursive: true, force: true })
  }

  /** If it cannot be done on both sides, it is done on neither. */
  async #migrate(sql: string): Promise<void> {
    this.#past = []
    await asSuperuser(this.#url('source'), (source) =>
      asSuperuser(this.#to, async (target) => {
        const done = await Promise.all(
          [source, target].map(async (client) => {
            await client.query('SET lock_timeout = 100; BEGIN')
            return client.query(sql).then(
              () => true,
              () => false,
            )
          }),
        )
        const end = done.every(Boolean) ? 'COMMIT' : 'ROLLBACK'
        for (const client of [source, target]) await client.query(end)
      }),
    )
  }

  #url(at: Side): string {
    return this.#clusters[at].url(this.#name)
  }

  async #leave(): Promise<void> {
    await this.#visitor?.end().catch(() => undefined)
    await this.#open?.end().catch(() => undefined)
    this.#visitor = undefined
    this.#open = undefined
  }

  async #inOpen(sql: string): Promise<void> {
    this.#open ??= await connect(this.#url('source'))
    if (!/^(?:COMMIT|ROLLBACK|PREPARE)/.test(sql)) await tried(this.#open, 'BEGIN')
    await tried(this.#open, sql)
  }

  async #serve(at: Side, act: Act): Promise<void> {
    const cluster = this.#clusters[at]
    if (act === 'visit') this.#visitor ??= await connect(this.#url('target'))
    if (act === 'leave' || act === 'restart' || act === 'crash' || act === 'copy' || act === 'put back')
      await this.#leave()
    if (act === 'reset') await asSuperuser(this.#url(at), (client) => client.query('SELECT pg_stat_reset()'))
    if (act === 'reset all')
      await asSuperuser(this.#url(at), (client) =>
        client.query(
          `SELECT pg_stat_reset_shared('bgwriter'), pg_stat_reset_single_table_counters('plain'::regclass)`,
        ),
      )
    if (act === 'restart') await cluster.restart(() => undefined)
    if (act === 'crash') await cluster.crash()
    if (act === 'copy')
      await cluster.restart(() => {
        const copy = `${cluster.dataDirectory}.copy`
        rmSync(copy, { recursive: true, force: true })
        execFileSync('cp', ['-a', cluster.dataDirectory, copy])
        this.#copies.set(at, copy)
      })
    if (act === 'put back' && this.#copies.has(at))
      await cluster.restart(() => {
        const copy = this.#copies.get(at)
        if (copy === undefined || !existsSync(copy)) throw new Error('No copy')
        rmSync(cluster.dataDirectory, { recursive: true })
        execFileSync('cp', ['-a', copy, cluster.dataDirectory])
      })
    if (at === 'target' && (act === 'crash' || act === 'put back')) this.#past = []
  }

  async #sync(how: How, meets: Meeting | undefined): Promise<void> {
    await this.#untilAlone()
    const [source, before] = [await this.#read('source'), await this.#read('target')]
    const expected = expectedOf(how, source, before)
    await this.#untilAlone()
    const { options, met } = await this.#meet(meets)
    const outcome = await runSync(
      { source: { url: this.#url('source') }, target: { url: this.#to } },
      { ...optionsOf(how), ...options },
    ).then(
      () => 'done',
      (error: unknown) => error,
    )
    await met()
    const now = await this.#read('target')
    if (meets?.does === 'write') {
      this.#past = []
      return
    }
    const mayFail = meets !== undefined || how === 'without child'
    if (outcome !== 'done' && !mayFail) throw outcome
    const isAsBefore = outcome !== 'done' && JSON.stringify(now) === JSON.stringify(before)
    if (!isAsBefore) {
      const item = how === 'column' ? withoutNew(now.item, before.item) : now.item
      expect({ outcome, ...now, item }).toEqual({ outcome, ...expected })
      this.#past = outcome === 'done' ? [...this.#past, before] : []
    }
  }

  async #rollBack(): Promise<void> {
    await this.#untilAlone()
    const before = await this.#read('target')
    await this.#untilAlone()
    const outcome = await runRollback({
      source: { url: this.#url('source') },
      target: { url: this.#to },
    }).then(
      () => 'done',
      (error: unknown) => error,
    )
    const now = await this.#read('target')
    const [wanted, isKnown] = outcome === 'done' ? [this.#past.pop(), this.#past.length > 0] : [before, true]
    if (wanted !== undefined) expect({ outcome, now }).toEqual({ outcome, now: wanted })
    if (!isKnown) this.#past = []
  }

  /** Only if nobody else is connected are the server's statistics asked. */
  async #untilAlone(): Promise<void> {
    const isVisited = this.#visitor !== undefined
    await asSuperuser(this.#clusters.target.url(), async (admin) => {
      const count = async () =>
        (await admin.query('SELECT FROM pg_stat_activity WHERE datname = $1', [this.#name])).rowCount ?? 0
      while ((await count()) > (isVisited ? 1 : 0)) await sleep(10)
    })
  }

  async #meet(meets: Meeting | undefined): Promise<{ options: TestRunOptions; met: () => Promise<void> }> {
    if (meets === undefined) return { options: {}, met: async () => undefined }
    const aborter = new AbortController()
    const writer = meets.does === 'write' ? await connect(this.#url('target')) : undefined
    const admin = await connect(this.#clusters[meets.sql.length % 2 === 0 ? 'source' : 'target'].url())
    let met: Promise<unknown> | undefined
    const act = async () => {
      if (meets.does === 'abort') aborter.abort(new InterruptedError('SIGINT'))
      if (writer !== undefined) await tried(writer, meets.sql, 5000)
      if (meets.does === 'kill')
        await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          this.#name,
        ])
    }
    return {
      options: {
        signal: aborter.signal,
        onEvent: ({ type }) => {
          if (type === meets.at) met ??= act()
        },
      },
      met: async () => {
        await met
        await writer?.end()
        await admin.end()
      },
    }
  }

  async #read(at: Side): Promise<Content> {
    return asSuperuser(this.#url(at), async (client) => {
      const read = async (name: TableOf): Promise<readonly string[]> => {
        const { rows } = await client.query(`SELECT to_jsonb(t)::text AS row FROM ${name} AS t ORDER BY 1`)
        return rows.map(({ row }) => row)
      }
      const content: Record<string, readonly string[]> = {}
      for (const name of TABLES) content[name] = await read(name)
      return content as Content
    })
  }
}

/** A statement that cannot be executed has not happened. */
async function tried(client: pg.Client, sql: string, lockMs = 100): Promise<void> {
  await client.query(`SET lock_timeout = ${lockMs}`).catch(() => undefined)
  await client.query(sql).catch(() => undefined)
}
