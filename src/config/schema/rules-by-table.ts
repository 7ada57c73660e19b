import { z } from 'zod'
import { byTable, conditionSchema, isMap, tableKeySchema, textSchema } from './schema-parts.ts'

/** Which rows of the source are brought over, by table name. */
export const whereSchema = z
  .record(tableKeySchema, conditionSchema, { error: 'must be a map of table names to SQL conditions' })
  .transform((rules, context) =>
    byTable(rules, context, { message: 'the table already has a condition; join them with AND' }).map(
      ([table, condition]) => ({ table, condition }),
    ),
  )

const rowsSchema = z.union([z.literal(true), conditionSchema], {
  error: 'must be an SQL condition, or true for the whole table',
})

/** Which rows of the target stay as they are, by table name. */
export const keepSchema = z
  .record(tableKeySchema, rowsSchema, { error: 'must be a map of table names to SQL conditions or true' })
  .transform((rules, context) =>
    byTable(rules, context, { message: 'the table already has a condition; join them with OR' }).map(
      ([table, rows]) => ({ table, rows }),
    ),
  )

const deletesOfSchema = z.enum(['follow', 'keep'], { error: 'must be follow or keep' })

/** What becomes of rows that only the target has: of all tables, or by table name. */
export const deletesSchema = z
  .union([deletesOfSchema, z.record(tableKeySchema, deletesOfSchema)], {
    error: 'must be follow or keep, or a map of table names to these',
  })
  .transform((rule, context) => {
    if (typeof rule === 'string') return { others: rule, tables: [] }
    const tables = byTable(rule, context, { message: 'the table is named twice' }).map(([table, deletes]) => {
      return { table, deletes }
    })
    return { others: 'follow' as const, tables }
  })

const tableColumnsSchema = z.strictObject(
  {
    exclude: z
      .array(textSchema, { error: 'must be a list of column names' })
      .min(1, { error: 'must name a column' })
      .describe('Columns to leave out, as PostgreSQL spells them: the target keeps its values in them.'),
  },
  isMap,
)

/** Which columns of a table are brought over, by table name. */
export const columnsSchema = z
  .record(tableKeySchema, tableColumnsSchema, {
    error: 'must be a map of table names to rules for their columns',
  })
  .transform((rules, context) =>
    byTable(rules, context, { message: 'the table already has rules; join them' }).map(
      ([table, { exclude }]) => ({ table, exclude }),
    ),
  )
