import { z } from 'zod'
import { TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { parseTableName } from '../read/parse-table-name.ts'
import { isText } from './schema-parts.ts'

const tableKeySchema = z.string().refine((text) => parseTableName(text) !== undefined, {
  error: 'the key must name one table, such as public.events or public."Event", without * or ?',
})

const rowsSchema = z.union(
  [
    z.literal(true),
    z.string(isText).refine((condition) => condition.trim() !== '', { error: 'must be an SQL condition' }),
  ],
  { error: 'must be an SQL condition, or true for the whole table' },
)

/** Which rows of the target stay as they are, by table name. */
export const keepSchema = z
  .record(tableKeySchema, rowsSchema, { error: 'must be a map of table names to SQL conditions or true' })
  .transform((rules, context) =>
    byTable(rules, context, 'the table already has a condition; join them with OR').map(([table, rows]) => {
      return { table, rows }
    }),
  )

const deletesOfSchema = z.enum(['follow', 'keep'], { error: 'must be follow or keep' })

/** What becomes of rows that only the target has: of all tables, or by table name. */
export const deletesSchema = z
  .union([deletesOfSchema, z.record(tableKeySchema, deletesOfSchema)], {
    error: 'must be follow or keep, or a map of table names to these',
  })
  .transform((rule, context) => {
    if (typeof rule === 'string') return { others: rule, tables: [] }
    const tables = byTable(rule, context, 'the table is named twice').map(([table, deletes]) => {
      return { table, deletes }
    })
    return { others: 'follow' as const, tables }
  })

/** The rules with their names parsed, each of which may come once. */
function byTable<T>(
  rules: Readonly<Record<string, T>>,
  context: z.core.$RefinementCtx,
  message: string,
): (readonly [TableName, T])[] {
  const known = new TableSet()
  return Object.entries(rules).flatMap(([text, rule]) => {
    const table = parseTableName(text)
    if (table === undefined) return []
    if (known.has(table)) context.addIssue({ code: 'custom', path: [text], message })
    known.add(table)
    return [[table, rule] as const]
  })
}
