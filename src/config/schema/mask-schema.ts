import { z } from 'zod'
import { DATE_UNITS, MASK_LOCALES, type Mask, type MaskRule, READY_MADE_MASKS } from '../../core/mask.ts'
import { didYouMean } from '../read/did-you-mean.ts'
import { byTable, isMap, tableKeySchema, textSchema, wholeNumber } from './schema-parts.ts'

const HOST = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/

const optionsSchema = z.strictObject(
  {
    mask: z
      .enum(READY_MADE_MASKS, {
        error: ({ input }) => `no mask has this name${didYouMean(String(input), READY_MADE_MASKS)}`,
      })
      .nullable()
      .optional()
      .describe('The name of a ready-made mask.'),
    sql: textSchema
      .optional()
      .describe('An SQL expression over the columns of the row, instead of a ready-made mask.'),
    accept: textSchema
      .optional()
      .describe('Instead of a mask: why the column is copied unmasked, although it looks personal.'),
    where: textSchema
      .optional()
      .describe('An SQL condition over the row: rows for which it is false keep their value.'),
    allow: z
      .array(textSchema, { error: 'must be a list of names of constraints and indexes' })
      .default([])
      .describe('Constraints and unique indexes that the masked values are known to meet.'),
    locale: z
      .enum(MASK_LOCALES, { error: `must be one of ${MASK_LOCALES.join(', ')}` })
      .default('en')
      .describe('The language of names, companies, streets, cities and phone numbers.'),
    domain: z
      .string({ error: 'must be a domain, such as example.test' })
      .regex(HOST, { error: 'must be a domain, such as example.test' })
      .max(200, { error: 'must be a domain, such as example.test' })
      .default('example.test')
      .describe('The domain of masked e-mail addresses and URLs.'),
    days: wholeNumber(1, 3650).default(30).describe('The most days by which `date-shift` moves a date.'),
    by: textSchema
      .optional()
      .describe(
        'The column whose value decides the offset of `date-shift` and `noise`; the key of the row if not given.',
      ),
    unit: z
      .enum(DATE_UNITS, { error: `must be one of ${DATE_UNITS.join(', ')}` })
      .default('month')
      .describe('The unit that `date-truncate` rounds down to.'),
    percent: wholeNumber(1, 100).default(10).describe('The most percent by which `noise` changes a number.'),
    paths: z
      .array(textSchema, { error: 'must be a list of paths, such as address.street' })
      .min(1, { error: 'must name a path' })
      .optional()
      .describe('What `redact-json` replaces, such as `address.street`; all strings if not given.'),
    value: z
      .union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })
      .optional()
      .describe('What `constant`, `redact-json` and `file` write instead of the value.'),
  },
  isMap,
)

const DEFAULTS = optionsSchema.parse({})

const columnMaskSchema = z
  .union([z.null(), textSchema, optionsSchema], {
    error: 'must be the name of a mask, an SQL expression, or a map with the key mask, sql or accept',
  })
  .transform((given, context): Mask => {
    if (given === null) return toMask({ ...DEFAULTS, mask: 'null' })
    if (typeof given === 'string')
      return toMask({ ...DEFAULTS, ...(isReadyMade(given) ? { mask: given } : { sql: given }) })
    if ([given.mask, given.sql, given.accept].filter((each) => each !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: 'must have one of the keys mask, sql and accept' })
    if (given.mask === 'constant' && given.value === undefined)
      context.addIssue({ code: 'custom', path: ['value'], message: 'constant needs the value to write' })
    return toMask(given)
  })

function isReadyMade(text: string): text is (typeof READY_MADE_MASKS)[number] {
  return READY_MADE_MASKS.some((name) => name === text)
}

function toMask({ mask, sql, accept, value, ...options }: z.output<typeof optionsSchema>): Mask {
  const kind = accept !== undefined ? 'accept' : sql === undefined ? (mask ?? 'null') : 'sql'
  return {
    ...options,
    kind,
    expression: sql,
    reason: accept,
    value: value === undefined ? undefined : String(value),
  }
}

/** What the values of columns become before they leave the source, by table name. */
export const maskSchema = z
  .record(
    tableKeySchema,
    z.record(textSchema, columnMaskSchema, { error: 'must be a map of column names to masks' }),
    { error: 'must be a map of table names to masks of their columns' },
  )
  .transform((rules, context): MaskRule[] =>
    byTable(rules, context, { message: 'the table already has masks; join them' }).map(([table, columns]) => {
      return { table, columns: Object.entries(columns).map(([column, mask]) => ({ column, mask })) }
    }),
  )
