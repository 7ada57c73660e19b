import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { runPlan } from '../support/run-sync.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'
import { diffOf, linesOf } from '../support/schema-diff.ts'
import { schemaFixture } from '../support/schema-fixtures.ts'

test('names that are keywords only of newer servers are the same names on both sides', async () => {
  const sql = schemaFixture('new-keywords')
  const pair = await createDatabasePair({ sourceSql: sql, targetSql: sql })
  try {
    expect(linesOf(await diffOf(pair))).toEqual([])
    expect(linesOf(await diffOf({ ...pair, source: pair.target, target: pair.source }))).toEqual([])
    const { findings } = await runPlan(pair)
    expect(findings.filter(({ message }) => !message.startsWith('has no primary key'))).toEqual([])
  } finally {
    await pair.drop()
  }
})

test('they are created where they are keywords', async () => {
  const pair = await createDatabasePair({ sourceSql: schemaFixture('new-keywords') })
  try {
    await pair.target.client.query(scriptOf(await schemaOf(pair.source.url)))
    expect(linesOf(await diffOf(pair))).toEqual([])
  } finally {
    await pair.drop()
  }
})
