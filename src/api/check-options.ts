import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'

const flag = z.boolean('Must be true or false').optional()
const text = z.string('Must be a string').min(1, 'Must not be empty').optional()
const patterns = z.array(z.string('Must be a string'), 'Must be a list of table names or patterns').optional()
const callback = z.custom((value) => typeof value === 'function', 'Must be a function').optional()

const WATCHED = {
  config: z
    .custom<Config>(
      (value) => typeof value === 'object' && value !== null && Reflect.get(value, 'profiles') instanceof Map,
      'Must be what loadConfig() returns',
    )
    .optional(),
  signal: z.custom((value) => value instanceof AbortSignal, 'Must be an AbortSignal').optional(),
  onProgress: callback,
}
const SELECTED = {
  profile: text,
  from: text,
  to: text,
  jobs: whole(1, 32),
  tables: patterns,
  exclude: patterns,
  where: z
    .record(z.string(), z.string('Must be an SQL condition'), 'Must be an object of conditions, by table')
    .optional(),
  skipDrift: flag,
}
const WRITING = { yes: flag, confirm: callback, waitLockMs: whole(0, 2 ** 31 - 1), allowBlocking: flag }

/** The options that each function takes. */
const SCHEMAS = {
  sync: z.strictObject({
    ...WATCHED,
    ...SELECTED,
    ...WRITING,
    mode: choice('incremental', 'repair', 'full'),
    strategy: choice('auto', 'merge', 'load', 'swap'),
    backup: choice('undo', 'dump'),
    createSchema: flag,
    followSchema: flag,
    skipUnsupported: flag,
    purge: z.union([z.boolean(), z.literal('kept')], "Must be true, false or 'kept'").optional(),
    after: flag,
    search: flag,
    allowMassDelete: flag,
  }),
  verify: z.strictObject({
    ...WATCHED,
    ...SELECTED,
    samplePercent: z
      .number('Must be a number')
      .positive('Must be above 0')
      .max(100, 'Must not be above 100')
      .optional(),
    limit: whole(1, 10_000),
  }),
  rollback: z.strictObject({ ...WATCHED, ...WRITING, profile: text, to: text, force: flag }),
  loadConfig: z.strictObject({
    cwd: text,
    env: z.record(z.string(), z.string().optional()).optional(),
    configPath: text,
    envFilePath: text,
  }),
}

/**
 * Refuses options that a function does not know, or cannot use: a misspelt `tables` would otherwise bring every table.
 * @throws UsageError that lists every problem, and no value
 */
export function checkOptions(name: keyof typeof SCHEMAS, options: object): void {
  const { error } = SCHEMAS[name].safeParse(options)
  if (error === undefined) return
  throw new UsageError(`The options of ${name}() cannot be used`, {
    problems: error.issues.map(({ path, message }) => [...path.map(String), message].join(': ')),
    hint: 'Every option is described in docs/API.md.',
  })
}

function whole(least: number, most: number) {
  const message = `Must be a whole number from ${least} to ${most}`
  return z.int(message).min(least, message).max(most, message).optional()
}

function choice<const T extends readonly string[]>(...values: T) {
  return z.enum(values, `Must be one of ${values.join(', ')}`).optional()
}
