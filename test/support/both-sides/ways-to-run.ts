import { patternOf, type TestRunOptions } from '../run-sync.ts'

/** The tables of both sides. */
export const TABLES = ['item', 'child', 'parted', 'spare', 'plain', 'log'] as const
export type TableOf = (typeof TABLES)[number]
/** The rows of each table, as JSON, in their order. */
export type Content = Readonly<Record<TableOf, readonly string[]>>

/** How a run is configured. */
export type How = 'plain' | 'full' | 'condition' | 'column' | 'without child' | 'plain alone'

/** The options of such a run. */
export function optionsOf(how: How): TestRunOptions {
  const named = (name: string) => ({ schema: 'public', name })
  if (how === 'full') return { isFull: true }
  if (how === 'condition')
    return {
      profile: {
        where: [
          { table: named('child'), condition: 'item % 2 = 0' },
          { table: named('plain'), condition: `id < 5 OR v = '3'` },
        ],
      },
    }
  if (how === 'column') return { profile: { columns: [{ table: named('item'), exclude: ['extra'] }] } }
  if (how === 'without child') return { profile: { exclude: [patternOf('public.child')] } }
  if (how === 'plain alone') return { profile: { include: [patternOf('public.plain')] } }
  return {}
}

/** What such a run must make of the target. */
export function expectedOf(how: How, source: Content, before: Content): Content {
  const filter = (rows: readonly string[], isWanted: (row: Record<string, unknown>) => boolean) =>
    rows.filter((row) => isWanted(JSON.parse(row)))
  if (how === 'condition')
    return {
      ...source,
      child: filter(source.child, ({ item }) => typeof item === 'number' && item % 2 === 0),
      plain: filter(source.plain, ({ id: key, v }) => Number(key) < 5 || v === '3'),
    }
  if (how === 'column') return { ...source, item: withExtras(source.item, before.item) }
  if (how === 'without child') return { ...source, child: before.child }
  if (how === 'plain alone') return { ...before, plain: source.plain }
  return source
}

/** Rows keep what they have in a column that is left out; of new ones it is not said here. */
function withExtras(rows: readonly string[], before: readonly string[]): string[] {
  const extras = new Map(before.map((row) => JSON.parse(row)).map((row) => [row.id, row.extra]))
  return rows
    .map((row) => JSON.parse(row))
    .map((row) => JSON.stringify({ id: row.id, v: row.v, m: row.m, extra: extras.get(row.id) ?? 'any' }))
}

/** The rows to compare, where a column is left out. */
export function withoutNew(rows: readonly string[], before: readonly string[]): string[] {
  const known = new Set(before.map((row) => JSON.parse(row).id))
  return rows
    .map((row) => JSON.parse(row))
    .map((row) =>
      JSON.stringify({
        id: row.id,
        v: row.v,
        m: row.m,
        extra: (known.has(row.id) ? row.extra : null) ?? 'any',
      }),
    )
}
