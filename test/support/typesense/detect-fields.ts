import type { Document, Field, Schema } from './collection.ts'
import { isDynamic } from './complete-schema.ts'

/** The fields that a document adds to a schema, by the names and types that its dynamic fields let in. */
export function detectFields(document: Document, { fields, enable_nested_fields }: Schema): Field[] {
  const nested = enable_nested_fields ? detectNested(document, fields) : []
  const dynamic = fields.filter(isDynamic)
  if (dynamic.length === 0) return nested
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
  return [...detected, ...nested]
}

/** The fields within those that are objects: each has the type of the first value that a document brings. */
function detectNested(document: Document, fields: readonly Field[]): Field[] {
  const known = new Set(fields.map(({ name }) => name))
  const parents = fields.filter(({ type }) => type.startsWith('object'))
  const found = new Map<string, string>()
  const visit = (value: unknown, path: string, isThroughArray: boolean) => {
    if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null)) {
      for (const item of value) visit(item, path, true)
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, item] of Object.entries(value)) visit(item, `${path}.${name}`, isThroughArray)
    } else {
      const type = detectType(value)
      if (type === undefined || known.has(path) || found.has(path)) return
      found.set(path, isThroughArray && !type.endsWith('[]') ? `${type}[]` : type)
    }
  }
  for (const { name } of parents) visit(document[name], name, false)
  return Array.from(found, ([name, type]) => ({ name, type, optional: true, index: true }))
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
