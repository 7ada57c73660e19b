import { z } from 'zod'
import { DAY_MS, durationForm, parseDuration } from '../read/parse-duration.ts'

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
