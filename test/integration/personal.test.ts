import { expect, test } from 'vitest'
import { findPrivate } from '../../src/jobs/privacy.ts'
import { createDatabasePair } from '../support/databases.ts'
import { labelledTablesSql, readLabelledTables } from '../support/personal-tables.ts'
import { profileOf } from '../support/run-sync.ts'

const WATCH = {
  signal: new AbortController().signal,
  report: () => undefined,
  confirm: async () => 'yes' as const,
}

test('of many tables whose personal columns are known, nearly all of these are found, and few others', async () => {
  const tables = ['a', 'b', 'c', 'd'].flatMap((name) => readLabelledTables(`tables-${name}.txt`))
  const pair = await createDatabasePair({ sourceSql: labelledTablesSql(tables) })
  try {
    const { findings } = await findPrivate(profileOf(pair), { tables: [] }, WATCH)
    const found = new Set(findings.map(({ table, column }) => `${table.schema}.${table.name}.${column}`))
    const all = tables.flatMap(({ schema, name, columns }) =>
      columns.map((column) => ({ id: `${schema}.${name}.${column.name}`, isPersonal: column.isPersonal })),
    )
    const personal = all.filter(({ isPersonal }) => isPersonal)
    const missed = personal.filter(({ id }) => !found.has(id)).map(({ id }) => id)
    const wrong = all.filter(({ id, isPersonal }) => !isPersonal && found.has(id)).map(({ id }) => id)
    const hits = personal.length - missed.length
    expect(tables).toHaveLength(112)
    expect(hits / personal.length, `missed: ${missed.join(', ')}`).toBeGreaterThanOrEqual(0.95)
    expect(hits / found.size, `wrong: ${wrong.join(', ')}`).toBeGreaterThanOrEqual(0.95)
  } finally {
    await pair.drop()
  }
})
