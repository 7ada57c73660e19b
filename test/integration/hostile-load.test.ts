import { expect, test } from 'vitest'
import { hostileParts } from '../fixtures/hostile/hostile-parts.ts'
import { HOSTILE_SCRIPT_PINS, hostileSourceSql } from '../fixtures/hostile/hostile-scripts.ts'
import { expectSameContent, readContent, readSequences } from '../support/database-content.ts'
import { createDatabasePair } from '../support/databases.ts'
import { runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { readSchemaText } from '../support/schema-text.ts'

// Large values arrive as in a merge, whose test has them.
const PARTS = hostileParts.filter(({ name }) => name !== 'large')

test('the hostile database arrives identical in empty tables, which have everything as before, and are emptied again', async () => {
  const pair = await createDatabasePair()
  const { source, target } = pair
  for (const part of PARTS) {
    await source.client.query(hostileSourceSql(part))
    await target.client.query([HOSTILE_SCRIPT_PINS, part.schemaSql].join('\n'))
  }
  const schema = await readSchemaText(target.client)
  const empty = { content: await readContent(target.client), sequences: await readSequences(target.client) }
  const { strategy } = await runPlan(pair)
  expect(strategy.kind, strategy.reason).toBe('load')
  await runSync(pair, { profile: { strategy: 'load' } })
  await expectSameContent(source.client, target.client)
  expect(await readSequences(target.client)).toMatchObject(await readSequences(source.client))
  expect(await readSchemaText(target.client)).toEqual(schema)
  await runRollback(pair)
  expect({
    content: await readContent(target.client),
    sequences: await readSequences(target.client),
  }).toEqual(empty)
  await pair.drop()
})
