import { isDeepStrictEqual } from 'node:util'
import { isRecord } from './is-record.ts'

/** Whether metadata satisfy a filter: a condition, `all`/`any`/`none` of filters, or a list of which all hold. */
export function matchesFilter(filter: unknown, metadata: unknown): boolean {
  if (filter === undefined || filter === null) return true
  if (Array.isArray(filter)) return filter.every((one) => matchesFilter(one, metadata))
  if (!isRecord(filter)) return false
  if ('key' in filter) return holds(filter, metadata)
  const isTrue = (one: unknown) => matchesFilter(one, metadata)
  return (
    (!Array.isArray(filter.all) || filter.all.every(isTrue)) &&
    (!Array.isArray(filter.any) || filter.any.some(isTrue)) &&
    (!Array.isArray(filter.none) || !filter.none.some(isTrue))
  )
}

/** Whether a filter is one that Mixedbread would take. */
export function isFilter(filter: unknown): boolean {
  if (filter === undefined || filter === null) return true
  if (Array.isArray(filter)) return filter.every(isFilter)
  if (!isRecord(filter)) return false
  if ('key' in filter) {
    return typeof filter.key === 'string' && 'value' in filter && String(filter.operator) in OPERATORS
  }
  return Object.entries(filter).every(
    ([name, filters]) =>
      ['all', 'any', 'none'].includes(name) &&
      (filters === null || (Array.isArray(filters) && filters.every(isFilter))),
  )
}

function holds(condition: Record<string, unknown>, metadata: unknown): boolean {
  const test = OPERATORS[String(condition.operator)]
  return test?.(valueAt(metadata, String(condition.key)), condition.value) ?? false
}

function valueAt(metadata: unknown, key: string): unknown {
  if (!isRecord(metadata)) return undefined
  if (Object.hasOwn(metadata, key)) return metadata[key]
  let value: unknown = metadata
  for (const name of key.split('.')) value = isRecord(value) ? value[name] : undefined
  return value
}

type Test = (actual: unknown, wanted: unknown) => boolean

const contains: Test = (actual, wanted) =>
  typeof actual === 'string'
    ? actual.includes(String(wanted))
    : Array.isArray(actual) && actual.some((one) => isDeepStrictEqual(one, wanted))
const isIn: Test = (actual, wanted) => Array.isArray(wanted) && contains(wanted, actual)
const isLike: Test = (actual, wanted) =>
  typeof actual === 'string' && new RegExp(`^${likePattern(String(wanted))}$`, 'isu').test(actual)

const OPERATORS: Readonly<Record<string, Test>> = {
  eq: isDeepStrictEqual,
  not_eq: (actual, wanted) => !isDeepStrictEqual(actual, wanted),
  gt: (actual, wanted) => compare(actual, wanted) > 0,
  gte: (actual, wanted) => compare(actual, wanted) >= 0,
  lt: (actual, wanted) => compare(actual, wanted) < 0,
  lte: (actual, wanted) => compare(actual, wanted) <= 0,
  in: isIn,
  not_in: (actual, wanted) => !isIn(actual, wanted),
  like: isLike,
  not_like: (actual, wanted) => !isLike(actual, wanted),
  contains,
  starts_with: (actual, wanted) => typeof actual === 'string' && actual.startsWith(String(wanted)),
  regex: (actual, wanted) => typeof actual === 'string' && new RegExp(String(wanted), 'u').test(actual),
}

/** Not a number, which no comparison holds for, unless both are numbers or both strings. */
function compare(actual: unknown, wanted: unknown): number {
  if (typeof actual === 'number' && typeof wanted === 'number') return actual - wanted
  if (typeof actual !== 'string' || typeof wanted !== 'string') return Number.NaN
  return actual < wanted ? -1 : Number(actual > wanted)
}

function likePattern(pattern: string): string {
  return pattern
    .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
}
