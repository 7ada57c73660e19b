import { z } from 'zod'
import { TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { DAY_MS, durationForm, parseDuration } from '../read/parse-duration.ts'
import { parseTableName } from '../read/parse-table-name.ts'

// Every message is written here: zod's own may repeat a value, and values may be secrets.

/** The message for what is not a map. */
export const isMap = { error: 'must be a map of keys to values' }

/** The message for what is not text. */
export const isText = { error: 'must be text' }

/** A text with something in it. */
export const textSchema = z
  .string(isText)
  .refine((text) => text.trim() !== '', { error: 'must not be empty' })

/** A duration such as `10s`, parsed to milliseconds. */
export const durationSchema = durationUpTo(1)

/** A number of days, or a duration such as `36h`, parsed to days. */
export function daysSchema(most: number) {
  const error = `${durationForm(most)}, or a number of days`
  const asDays = durationUpTo(most).transform((durationMs) => durationMs / DAY_MS)
  return z.union([z.int({ error }).min(0, { error }).max(most, { error }), asDays], { error })
}

function durationUpTo(mostDays: number) {
  const form = durationForm(mostDays)
  return z.string({ error: form }).transform((text, context) => {
    const durationMs = parseDuration(text, mostDays)
    if (durationMs === undefined) context.addIssue(form)
    return durationMs ?? z.NEVER
  })
}

/** A whole number in a range. */
export function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** The name of something that the file defines. */
export const nameSchema = z.string().refine((name) => /^\P{Cc}+$/u.test(name), {
  error: 'a name must not be empty or have control characters',
})

/** A condition over the row of a table. */
export const conditionSchema = z
  .string(isText)
  .refine((condition) => condition.trim() !== '', { error: 'must be an SQL condition' })

/** The key of a rule for one table. */
export const tableKeySchema = z.string().refine((text) => parseTableName(text) !== undefined, {
  error: 'the key must name one table, such as public.events or public."Event", without * or ?',
})

/** The rules with their names parsed, each of which may come once; `twice` is the message for one that comes again. */
export function byTable<T>(
  rules: Readonly<Record<string, T>>,
  context: z.core.$RefinementCtx,
  twice: { readonly message: string },
): (readonly [TableName, T])[] {
  const known = new TableSet()
  return Object.entries(rules).flatMap(([text, rule]) => {
    const table = parseTableName(text)
    if (table === undefined) return []
    if (known.has(table)) context.addIssue({ code: 'custom', path: [text], ...twice })
    known.add(table)
    return [[table, rule] as const]
  })
}
