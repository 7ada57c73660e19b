import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSync } from '../support/run-sync.ts'
import { type TargetMode, targetFor } from '../support/target-modes.ts'

const SCHEMA = `
  CREATE TABLE a (id int PRIMARY KEY, version int NOT NULL, pad text);
  CREATE TABLE b (id int PRIMARY KEY, version int NOT NULL, pad text);
  CREATE TABLE c (version int, pad text);`

function rows(version: number): string {
  return ['a', 'b', 'c']
    .map(
      (table) =>
        `INSERT INTO ${table} SELECT ${table === 'c' ? '' : 'i,'} ${version}, repeat('x', 200) FROM generate_series(1, 20000) i;`,
    )
    .join('\n')
}

let pair: DatabasePair
afterEach(() => pair?.drop())

test.each<TargetMode>(['a superuser', 'a plain owner'])(
  'readers see the old or the new content of every table, and never wait for %s',
  async (mode) => {
    pair = await createDatabasePair({ sourceSql: SCHEMA + rows(2), targetSql: SCHEMA + rows(1) })
    const to = await targetFor(pair, mode)
    const seen = new Set<string>()
    let longestMs = 0
    let isDone = false
    const reader = await connect(pair.target.url)
    await reader.query(`SET lock_timeout = '1s'`)
    const reading = (async () => {
      while (!isDone) {
        const startedAt = performance.now()
        const { rows: found } = await reader.query(`
        SELECT (SELECT count(*) || 'x' || min(version) || '-' || max(version) FROM a) AS a,
          (SELECT count(*) || 'x' || min(version) || '-' || max(version) FROM b) AS b,
          (SELECT count(*) || 'x' || min(version) || '-' || max(version) FROM c) AS c`)
        longestMs = Math.max(longestMs, performance.now() - startedAt)
        seen.add(JSON.stringify(Object.values(found[0])))
        await sleep(2)
      }
    })()
    await runSync(pair, { profile: { to } })
    await sleep(100)
    isDone = true
    // A reader that had to wait for a lock for a second would have failed here.
    await reading
    await reader.end()
    const whole = (version: number) => JSON.stringify(Array(3).fill(`20000x${version}-${version}`))
    expect([...seen]).toEqual([whole(1), whole(2)])
    expect(longestMs).toBeGreaterThan(0)
  },
)
