import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import { constraints } from '../fixtures/hostile/constraints.ts'
import { hostileParts } from '../fixtures/hostile/hostile-parts.ts'
import { hostileSourceSql, hostileTargetSql } from '../fixtures/hostile/hostile-scripts.ts'
import { hostileSettingsSql } from '../fixtures/hostile/hostile-settings.ts'
import { keys } from '../fixtures/hostile/keys.ts'
import { partitions } from '../fixtures/hostile/partitions.ts'
import { types } from '../fixtures/hostile/types.ts'
import { expectSameContent, readContent, readSequences } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

/**
 * What the target's role may do. The large values take their time, and once in each way of merging is enough. So do statements that run
 * with the rights of the tables' owner: those parts are enough there that have code. With the grant an owner does as a superuser does, which
 * long tests try.
 */
const MODES = [
  { mode: 'a superuser', parts: hostileParts },
  { mode: 'a superuser over the tables of a role', parts: [types, keys, constraints, partitions] },
  { mode: 'an owner with the grant', parts: hostileParts.filter(({ name }) => name !== 'large') },
  { mode: 'a plain owner', parts: hostileParts },
] as const
const USUAL =
  process.env.MBSYNC_LONG_TESTS === undefined
    ? MODES.filter(({ mode }) => mode !== 'an owner with the grant')
    : MODES

describe.each(USUAL)('the hostile database, written by $mode', ({ mode, parts }) => {
  let pair: DatabasePair
  let to: DatabaseConfig

  beforeAll(async () => {
    pair = await createDatabasePair()
    for (const part of parts) {
      await pair.source.client.query(hostileSourceSql(part))
      await pair.target.client.query(hostileTargetSql(part))
    }
    if (mode === 'a superuser over the tables of a role') await targetFor(pair, 'a plain owner')
    to = await targetFor(pair, mode === 'a superuser over the tables of a role' ? 'a superuser' : mode)
    await pair.source.client.query(hostileSettingsSql(pair.source.name))
    await pair.target.client.query(hostileSettingsSql(pair.target.name))
  })
  afterAll(() => pair?.drop())

  test('arrives identical, is left alone by a second run, and rolls back to what it was', async () => {
    const { source, target } = pair
    const before = await fingerprint(target.client)

    const first = await runSync(pair, { profile: { to } })
    expect(first.warnings).toEqual([])
    await expectSameContent(source.client, target.client)
    expect(await readSequences(target.client)).toMatchObject(await readSequences(source.client))

    const physical = await readContent(target.client, { physical: true })
    const second = await runSync(pair, { profile: { to } })
    const changed = second.tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
    expect(changed, 'tables that a second run changed').toEqual([])
    expect(await readContent(target.client, { physical: true }), 'rows as they stand on disk').toEqual(
      physical,
    )

    await runRollback(pair, { profile: { to } })
    await runRollback(pair, { profile: { to } })
    expect(await fingerprint(target.client)).toEqual(before)
  })
})

async function fingerprint(client: pg.Client) {
  return { content: await readContent(client), sequences: await readSequences(client) }
}
