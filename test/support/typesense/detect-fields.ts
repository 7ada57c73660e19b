import type { Document, Field, Schema } from './collection.ts'
import { isDynamic } from './complete-schema.ts'

/** The fields that a document adds to a schema, by the names and types that its dynamic fields let in. */
export function detectFields(document: Document, { fields, enable_nested_fields }: Schema): Field[] {
  const dynamic = fields.filter(isDynamic)
  if (dynamic.length === 0) return []
  const known = new Set(fields.filter((field) => !isDynamic(field)).map(({ name }) => name))
  const detected: Field[] = []
  for (const [name, value] of Object.entries(document)) {
    if (name === 'id' || known.has(name)) continue
    const pattern = dynamic.find((field) => field.name === name || new RegExp(`^${field.name}$`).test(name))
    if (pattern === undefined) continue
    const type = typeFor(pattern, value)
    if (type === undefined || (type.startsWith('object') && !enable_nested_fields)) continue
    detected.push({ ...pattern, name, type, optional: true })
  }
  return detected
}

function typeFor({ type }: Field, value: unknown): string | undefined {
  if (type === 'auto') return detectType(value)
  if (type !== 'string*') return value === null ? undefined : type
  return Array.isArray(value) ? 'string[]' : 'string'
}

function detectType(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const element = value.length === 0 ? undefined : detectType(value[0])
    return element === undefined ? undefined : `${element}[]`
  }
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float'
    case 'object':
      return value === null ? undefined : 'object'
    default:
      return undefined
  }
}
