import { afterEach, describe, expect, test } from 'vitest'
import { verify } from '../../src/jobs/verify.ts'
import { SHOP_ROWS, SHOP_SCHEMA } from '../fixtures/load/shop.ts'
import { expectSameContent, readContent, readSequences } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { readSchemaText } from '../support/schema-text.ts'
import { TARGET_MODES, targetFor } from '../support/target-modes.ts'

let pair: DatabasePair
afterEach(() => pair?.drop())

describe.each(TARGET_MODES)('empty tables are loaded by %s', (mode) => {
  test('whole, with all that is defined on them as it was, and as well known to the next runs as after a merge', async () => {
    pair = await createDatabasePair({ sourceSql: SHOP_SCHEMA + SHOP_ROWS, targetSql: SHOP_SCHEMA })
    const { source, target } = pair
    const profile = { to: await targetFor(pair, mode) }
    const before = await readSchemaText(target.client)
    const empty = { content: await readContent(target.client), sequences: await readSequences(target.client) }
    const plan = await runPlan(pair, { profile })
    expect(plan.strategy).toEqual({ kind: 'load', reason: 'all tables are empty' })

    const run = await runSync(pair, { profile: { ...profile, strategy: 'load' } })
    expect(run.warnings).toEqual([])
    expect(run.tables.find(({ table }) => table.name === 'item')).toMatchObject({ inserted: 40_001 })
    await expectSameContent(source.client, target.client)
    expect(await readSequences(target.client)).toEqual(await readSequences(source.client))
    expect(await readSchemaText(target.client)).toEqual(before)
    const { rows: sums } = await target.client.query('SELECT count(*)::int AS n FROM public.sums')
    expect(sums).toEqual([{ n: 12_000 }])

    await untilSettled(source.client)
    await source.client.query(
      `UPDATE public.customer SET name = 'new' WHERE id = 7; DELETE FROM public.item WHERE "order" = 5`,
    )
    const again = await runPlan(pair, { profile })
    expect(again.strategy).toEqual({ kind: 'merge', reason: 'tables are read incrementally' })
    const full = again.tables.filter(({ read }) => read.kind === 'full')
    expect(full.map(({ table, read }) => [table.name, read.reason])).toEqual([
      ['log', 'no key'],
      ['log_old', 'no key'],
    ])
    const second = await runSync(pair, { profile })
    expect(
      second.tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0),
    ).toHaveLength(2)
    const watch = { signal: new AbortController().signal, report: () => undefined }
    const verified = await verify(profileOf(pair), { tables: [], samplePercent: 100, limit: 10 }, watch)
    expect(verified.tables.filter(({ status }) => status !== 'equal')).toEqual([])

    await runRollback(pair, { profile })
    await runRollback(pair, { profile })
    expect({
      content: await readContent(target.client),
      sequences: await readSequences(target.client),
    }).toEqual(empty)
    expect(await readSchemaText(target.client)).toEqual(before)
  }, 120_000)
})
