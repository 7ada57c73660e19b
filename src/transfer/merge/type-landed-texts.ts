import { identifier, relation } from '../../postgres/identifiers.ts'
import type { LockedMerge } from './merge-plan.ts'

/** Converts columns that landed as text to their types, with the rights of the roles whose code that runs. */
export async function typeLandedTexts({ coordinator, tables, rights }: LockedMerge): Promise<void> {
  for (const table of tables) {
    const { rows, columns } = table
    if (rows.kind !== 'landing' || rows.asText.length === 0) continue
    const values = columns.map(({ name, baseType }) =>
      rows.asText.includes(name) ? `l.${identifier(name)}::${baseType}` : `l.${identifier(name)}`,
    )
    const definitions = columns.map(({ name, baseType }) => `${identifier(name)} ${baseType}`)
    const select = `SELECT ${values.join(', ')} FROM ${relation(rows.texts)} AS l`
    await rights.reading(table, [rows.texts])(select, definitions, (typed) =>
      coordinator.defineFrom(
        `CREATE UNLOGGED TABLE ${relation(rows.table)} (${columns.map(({ name }) => identifier(name)).join(', ')}) WITH (autovacuum_enabled = false) AS ${typed}`,
      ),
    )
  }
}
