import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import { adminOf, connect, createDatabasePair, type DatabasePair, type PairOptions } from './databases.ts'
import { type TargetMode, targetFor } from './target-modes.ts'

/** A pair whose target can be swapped: no session of the test is in it. */
export interface SwapPair extends DatabasePair {
  readonly to: DatabaseConfig
  /** The databases beside the target that runs have made, by what their names add to that of the target. */
  beside(): Promise<string[]>
  /** Asks the database that has the name of the target now, as a superuser. */
  ask<T>(sql: string): Promise<T[]>
}

/** Creates a source and a target that belongs to a role of the given kind. */
export async function createSwapPair(mode: TargetMode, options: PairOptions): Promise<SwapPair> {
  const pair = await createDatabasePair(options)
  const { target } = pair
  const to = await targetFor(pair, mode)
  const role = new URL(to.url).username
  if (mode !== 'a superuser') await target.client.query(`ALTER ROLE ${role} CREATEDB`)
  await target.client.end()
  const targetUrl = inject('targetUrl')
  const names = async () => {
    const admin = await adminOf(targetUrl)
    const sql = 'SELECT datname::text AS name FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1'
    return (await admin.query<{ name: string }>(sql, [`${target.name}_`])).rows.map(({ name }) => name)
  }
  return {
    ...pair,
    to,
    beside: async () => (await names()).map((name) => name.slice(target.name.length)),
    ask: async (sql) => {
      const client = await connect(target.url)
      const { rows } = await client.query(sql)
      await client.end()
      return rows
    },
    drop: async () => {
      const admin = await adminOf(targetUrl)
      for (const name of await names()) await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`)
      await pair.drop()
    },
  }
}

/** What was seen of a target by connecting to it again and again. */
export interface Polling {
  /** Each answer once, in order. */
  readonly answers: readonly string[]
  /** SQLSTATEs, or codes of the connection, of what failed. */
  readonly problems: readonly string[]
  /** The longest time between two answers. */
  readonly longestMs: number
  /** The most attempts between two answers. */
  readonly failedInARow: number
}

/** Connects to a URL and asks, again and again, until the returned function is called. */
export function poll(url: string, sql: string): () => Promise<Polling> {
  const answers: string[] = []
  const problems: string[] = []
  let longestMs = 0
  let failed = 0
  let failedInARow = 0
  let isStopped = false
  const work = async () => {
    let lastMs = performance.now()
    while (!isStopped) {
      try {
        const client = await connect(url)
        const { rows } = await client.query(sql).finally(() => client.end())
        const answer = JSON.stringify(rows)
        longestMs = Math.max(longestMs, performance.now() - lastMs)
        lastMs = performance.now()
        failed = 0
        if (answers.at(-1) !== answer) answers.push(answer)
        // Connecting without a pause takes the core that the run needs.
        await sleep(100)
      } catch (error) {
        failed += 1
        failedInARow = Math.max(failedInARow, failed)
        problems.push((error as { code?: string }).code ?? String(error))
      }
    }
  }
  const done = work()
  return async () => {
    isStopped = true
    await done
    return { answers, problems, longestMs, failedInARow }
  }
}

/** Expects that a database can be connected to: who waits while it is renamed is refused once. */
export async function expectReachable(url: string): Promise<void> {
  const isReachable = () =>
    connect(url).then(
      (client) => client.end().then(() => true),
      () => false,
    )
  await expect.poll(isReachable).toBe(true)
}
