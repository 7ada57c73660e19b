import type { Field } from './collection.ts'

/** What becomes of a value that is not of its field's type. */
export type DirtyValues = 'reject' | 'drop' | 'coerce_or_reject' | 'coerce_or_drop'

/** A value as it is indexed, nothing, or the reason why it cannot be. */
export type CheckedValue =
  | { readonly value: unknown }
  | { readonly isDropped: true }
  | { readonly problem: string }

const ARTICLES: Readonly<Record<string, string>> = { int32: 'an', int64: 'an' }

/** Checks a value against the type of its field, which is a concrete one. */
export function checkValue(field: Field, value: unknown, dirty: DirtyValues): CheckedValue {
  const { name, type } = field
  if (!type.endsWith('[]')) return checkScalar(field, type, value, dirty, `${ARTICLES[type] ?? 'a'} ${type}`)
  if (value === null) return { value: [] }
  if (!Array.isArray(value)) {
    const isDropped = field.optional && dirty.endsWith('drop')
    return isDropped ? { isDropped } : { problem: `Field \`${name}\` must be an array.` }
  }
  const element = type.slice(0, -2)
  const elements: unknown[] = []
  for (const item of value) {
    const checked = checkScalar(field, element, item, dirty, `an array of ${element}`)
    if ('problem' in checked) return checked
    if ('value' in checked) elements.push(checked.value)
  }
  return { value: elements }
}

function checkScalar(
  field: Field,
  type: string,
  value: unknown,
  dirty: DirtyValues,
  wanted: string,
): CheckedValue {
  if (isOfType(type, value)) return { value }
  const coerced = dirty.startsWith('coerce') ? coerce(type, value) : undefined
  if (coerced !== undefined) return { value: coerced }
  if (field.optional && dirty.endsWith('drop')) return { isDropped: true }
  return { problem: problemOf(field, type, wanted) }
}

function problemOf({ name, type: fieldType }: Field, type: string, wanted: string): string {
  if (type === 'object') return `Field \`${name}\` has an incorrect type.`
  if (type !== 'geopoint') return `Field \`${name}\` must be ${wanted}.`
  return fieldType.endsWith('[]')
    ? `Field \`${name}\` must contain 2 element arrays: [ [lat, lng],... ].`
    : `Field \`${name}\` must be a 2 element array: [lat, lng].`
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'int32':
    case 'int64':
      // A whole number that no 64 bits hold is read as a float.
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 64
    case 'float':
      return typeof value === 'number'
    case 'bool':
      return typeof value === 'boolean'
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'geopoint':
      return Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'number')
    default:
      return true
  }
}

function coerce(type: string, value: unknown): unknown {
  if (typeof value === 'object') return undefined
  if (type === 'string') return String(value)
  if (type === 'bool') return coerceToBool(value)
  const number = value === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number)) return undefined
  if (type === 'float') return number
  if (typeof value === 'string' && !/^-?\d+$/.test(value)) return undefined
  return Math.trunc(number)
}

function coerceToBool(value: unknown): boolean | undefined {
  if (value === 1 || value === 'true' || value === '1') return true
  if (value === 0 || value === 'false' || value === '0') return false
  return undefined
}
