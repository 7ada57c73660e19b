import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { startLockstep } from '../support/lockstep.ts'
import { runSync, type TestRunOptions } from '../support/run-sync.ts'

const FEW = 3
const MANY = 120
/** Deliveries of the session for watchers, which a run opens when it has lasted a second, as it may on a busy machine: nothing waits for them. */
const OF_WATCHERS = 2

/** The tables of a database with so many; `extra` comes with them. */
function tablesSql(count: number, extra = ''): string {
  const tables = Array.from({ length: count }, (_, index) => {
    const name = `t${index}`
    return `CREATE TABLE ${name} (id int PRIMARY KEY, body text); INSERT INTO ${name} SELECT i, 'row ' || i FROM generate_series(1, 20) i;`
  })
  return `${tables.join('\n')}\n${historiesSql(Math.min(2 * count, 45))}\n${extra}`
}

/** As in a database with a schema for each customer. Up to 50 are read at once. */
function historiesSql(count: number): string {
  const schemas = Array.from(
    { length: count },
    (_, index) =>
      `CREATE SCHEMA tenant_${index} CREATE TABLE schema_migrations (version text PRIMARY KEY); INSERT INTO tenant_${index}.schema_migrations VALUES ('1')`,
  )
  return `${schemas.join(';\n')};`
}

describe('a night without changes', () => {
  let few: DatabasePair
  let many: DatabasePair

  beforeAll(async () => {
    const make = async (count: number) => {
      const sql = tablesSql(count)
      const pair = await createDatabasePair({ sourceSql: sql, targetSql: sql })
      return pair
    }
    few = await make(FEW)
    many = await make(MANY)
  })
  afterAll(async () => {
    await few.drop()
    await many.drop()
  })

  /** What such a run asks of both servers. */
  async function countNight(pair: DatabasePair, options: TestRunOptions = {}) {
    await untilSettled(pair.source.client)
    await runSync(pair)
    const network = startLockstep()
    onTestFinished(() => network.close())
    const [source, target] = [await network.through(pair.source.url), await network.through(pair.target.url)]
    const through = { source: { ...pair.source, url: source }, target: { ...pair.target, url: target } }
    let statements = 0
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'statement') statements += 1
    }
    const { tables } = await runSync({ ...pair, ...through }, { onEvent, ...options })
    expect(tables.every(({ inserted, updated, deleted }) => inserted + updated + deleted === 0)).toBe(true)
    const { rounds, connections } = network
    return { rounds, statements, connections }
  }

  test('waits for no more than 28 answers, one after the other, however many tables there are', async () => {
    // Another client is connected to the target, so that the rows of all tables are looked at.
    const [ofFew, ofMany] = [await countNight(few), await countNight(many)]
    // Two of them are for the histories.
    expect(ofFew.rounds).toBeLessThanOrEqual(28 + OF_WATCHERS)
    expect(Math.abs(ofMany.rounds - ofFew.rounds)).toBeLessThanOrEqual(OF_WATCHERS)
    // A second reader, and the session for watchers.
    expect(ofMany.connections).toBeLessThanOrEqual(ofFew.connections + 2)
    // What is asked of many small tables is asked in batches of up to 50.
    expect(ofMany.statements - ofFew.statements).toBeLessThanOrEqual(4 * Math.ceil(MANY / 45) + OF_WATCHERS)
  })

  test('opens a second reader only where there are tables for it', async () => {
    const countSessions = async ({ source, target }: DatabasePair) => {
      const network = startLockstep()
      onTestFinished(() => network.close())
      await runSync({ source: { url: await network.through(source.url) }, target }, { isFull: true })
      return network.connections
    }
    // One session holds the snapshot, and one sees the catalog of the moment.
    expect(await countSessions(few)).toBe(2 + 1)
    expect(await countSessions(many)).toBe(2 + 2)
  })
})
