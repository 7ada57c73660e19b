import fc from 'fast-check'
import type pg from 'pg'

/** Tables whose rows stay for all reasons that there are, and one whose rows do not. */
export const KEPT_TABLES = ['item', 'beside', 'mixed', 'whole', 'plain', 'log'] as const
type KeptTable = (typeof KEPT_TABLES)[number]

/** Creates them. */
export const KEPT_SCHEMA = KEPT_TABLES.map(
  (name) => `CREATE TABLE ${name} (id int${name === 'log' ? '' : ' PRIMARY KEY'}, env text, v int);`,
).join('\n')

const named = (name: string) => ({ schema: 'public', name })

/** What a profile says about them. */
export const KEPT_RULES = {
  keep: [
    ...['item', 'mixed', 'log'].map((name) => ({ table: named(name), rows: `env = 'own'` })),
    { table: named('whole'), rows: true as const },
  ],
  deletes: {
    others: 'follow' as const,
    tables: ['beside', 'mixed'].map((name) => ({ table: named(name), deletes: 'keep' as const })),
  },
}

/** A row of one of them. */
export interface KeptRow {
  readonly id: number
  readonly env: string | null
  readonly v: number | null
}

/** What they hold. */
export type KeptRows = Readonly<Record<KeptTable, readonly KeptRow[]>>

/** What a run makes of them, as STRATEGIES.md says it. */
export function keptAfterRun(source: KeptRows, target: KeptRows): KeptRows {
  return Object.fromEntries(
    KEPT_TABLES.map((name) => [name, tableAfterRun(name, source[name], target[name])]),
  ) as unknown as KeptRows
}

const isOwn = ({ env }: KeptRow) => env === 'own'
const without = (rows: readonly KeptRow[], others: readonly KeptRow[]) =>
  rows.filter(({ id }) => !others.some((other) => other.id === id))

function tableAfterRun(name: KeptTable, source: readonly KeptRow[], target: readonly KeptRow[]): KeptRow[] {
  const own = target.filter(isOwn)
  switch (name) {
    case 'plain':
      return [...source]
    case 'item':
      return [...own, ...without(source, own)]
    case 'beside':
      return [...source, ...without(target, source)]
    case 'mixed':
      return [...own, ...without(source, own), ...without(without(target, source), own)]
    case 'whole':
      return [...target]
    case 'log': {
      // A kept row and an equal one of the source are one and the same.
      const left = source.map((row) => JSON.stringify(row))
      const extra = own.filter((row) => {
        const at = left.indexOf(JSON.stringify(row))
        if (at >= 0) left.splice(at, 1)
        return at < 0
      })
      return [...source, ...extra]
    }
  }
}

/** A change of one statement, which never fails for want or excess of rows. */
export const keptChange = fc
  .tuple(
    fc.constantFrom(...KEPT_TABLES),
    fc.integer({ min: 0, max: 12 }),
    fc.constantFrom(`'own'`, `'live'`, 'NULL'),
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom('put', 'put', 'put', 'delete', 'move', 'change'),
  )
  .map(([name, id, env, v, kind]) => {
    if (kind === 'delete') return `DELETE FROM ${name} WHERE id = ${id}`
    if (kind === 'change') return `UPDATE ${name} SET env = ${env} WHERE v = ${v}`
    if (kind === 'move')
      return `UPDATE ${name} SET id = id + 20 WHERE id = ${id} AND NOT EXISTS (SELECT FROM ${name} WHERE id = ${id} + 20)`
    const conflict =
      name === 'log' ? '' : ' ON CONFLICT (id) DO UPDATE SET env = excluded.env, v = excluded.v'
    return `INSERT INTO ${name} VALUES (${id}, ${env}, ${v})${conflict}`
  })

const READ = KEPT_TABLES.map((name) => `SELECT '${name}' AS name, id, env, v FROM public.${name}`).join(
  ' UNION ALL ',
)

/** Reads all of them. */
export async function readKept(client: pg.Client): Promise<KeptRows> {
  const { rows } = await client.query<KeptRow & { name: KeptTable }>(READ)
  return Object.fromEntries(
    KEPT_TABLES.map((table) => [
      table,
      rows.filter(({ name }) => name === table).map(({ id, env, v }) => ({ id, env, v })),
    ]),
  ) as unknown as KeptRows
}

/** In an order that does not matter. */
export function sortedKept(rows: KeptRows): Record<string, string[]> {
  return Object.fromEntries(
    KEPT_TABLES.map((name) => [name, rows[name].map((row) => JSON.stringify(row)).sort()]),
  )
}
