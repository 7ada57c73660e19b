import type { TableName } from './table-name.ts'

/** A schema-qualified glob such as `public.*` or `"my schema"."Odd.Name"`, ready to match names. */
export interface TablePattern {
  /** The pattern as it was written. */
  readonly text: string
  readonly schema: RegExp
  readonly name: RegExp
}

/** An unquoted half has no space at its ends: it would match nothing, and an `exclude` that matches nothing leaks rows. */
const HALVES = /^("(?:[^"]|"")+"|(?!\s)[^".]+(?<!\s))\.("(?:[^"]|"")+"|(?!\s)[^".]+(?<!\s))$/u

/**
 * Parses a schema-qualified glob: `*` matches any characters and `?` one, case-sensitively, in either half.
 * A half in double quotes is literal, with `""` for a quote, so that names with dots or stars can be written.
 * Returns undefined for a text that is not of the form `schema.name`.
 */
export function parseTablePattern(text: string): TablePattern | undefined {
  const [, schema, name] = HALVES.exec(text) ?? []
  if (schema === undefined || name === undefined) return undefined
  return { text, schema: globToRegExp(schema), name: globToRegExp(name) }
}

/** The pattern that means one relation alone, for a person to copy. */
export function patternOf({ schema, name }: TableName): string {
  return `${patternHalf(schema)}.${patternHalf(name)}`
}

/** The pattern that matches every relation of a schema, such as `billing.*`. */
export function patternOfSchema(schema: string): string {
  return `${patternHalf(schema)}.*`
}

/** Whether a pattern has no wildcard in the half that names the schema. */
export function namesOneSchema({ text }: TablePattern): boolean {
  return isExact(HALVES.exec(text)?.[1])
}

/** Whether a pattern can match one relation alone: neither half has a wildcard. */
export function namesOneRelation(pattern: TablePattern): boolean {
  return namesOneSchema(pattern) && isExact(HALVES.exec(pattern.text)?.[2])
}

function isExact(half = '*'): boolean {
  return half.startsWith('"') || !/[*?]/.test(half)
}

function patternHalf(text: string): string {
  const isPlain = /^(?!\s)[^".*?]+(?<!\s)$/u.test(text)
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`
}

/** Whether a relation's name matches the pattern, in both halves. */
export function matchesPattern(pattern: TablePattern, { schema, name }: TableName): boolean {
  return pattern.schema.test(schema) && pattern.name.test(name)
}

function globToRegExp(glob: string): RegExp {
  if (glob.startsWith('"')) {
    return new RegExp(`^${escapeRegExp(glob.slice(1, -1).replaceAll('""', '"'))}$`, 'su')
  }
  const body = escapeRegExp(glob).replaceAll('\\*', '.*').replaceAll('\\?', '.')
  return new RegExp(`^${body}$`, 'su')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&')
}
