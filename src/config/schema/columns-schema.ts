import { z } from 'zod'
import { TableSet } from '../../core/table-map.ts'
import { parseTableName } from '../read/parse-table-name.ts'
import { isMap, textSchema } from './schema-parts.ts'

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
  .record(
    z.string().refine((text) => parseTableName(text) !== undefined, {
      error: 'the key must name one table, such as public.events or public."Event", without * or ?',
    }),
    tableColumnsSchema,
    { error: 'must be a map of table names to rules for their columns' },
  )
  .transform((rules, context) => {
    const tables = new TableSet()
    return Object.entries(rules).flatMap(([text, { exclude }]) => {
      const table = parseTableName(text)
      if (table === undefined) return []
      if (tables.has(table)) {
        context.addIssue({ code: 'custom', path: [text], message: 'the table already has rules; join them' })
      }
      tables.add(table)
      return [{ table, exclude }]
    })
  })
