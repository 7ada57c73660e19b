import { ApiError } from './api-error.ts'
import type { Document, Schema } from './collection.ts'

/** A filter on one field: its value is among those given; every document if none are. */
export interface Filter {
  readonly field: string
  readonly values: readonly string[] | undefined
}

/** Parses `field:[a,b]`, `field:=a`, and `id:*`; values in backticks are taken as they stand. */
export function parseFilter(filter: string): Filter {
  const [, field, list] = /^\s*([^:\s]+)\s*:\s*=?\s*(.+?)\s*$/s.exec(filter) ?? []
  if (field === undefined || list === undefined || /^[!<>]/.test(list)) throw unreadable()
  if (field === 'id' && list === '*') return { field, values: undefined }
  if (!list.startsWith('[')) return { field, values: [readAlone(list)] }
  if (!list.endsWith(']')) throw unreadable()
  return { field, values: readList(list.slice(1, -1)) }
}

/** Whether a document passes a filter. */
export function passes({ field, values }: Filter, document: Document): boolean {
  if (values === undefined) return true
  const value = document[field]
  return (Array.isArray(value) ? value : [value]).some((item) => values.includes(String(item)))
}

/** Throws if a filter is on a field that the schema does not have. */
export function checkFilter({ field }: Filter, { fields }: Schema): void {
  if (field === 'id' || fields.some(({ name }) => name === field)) return
  throw new ApiError(404, `Could not find a filter field named \`${field}\` in the schema.`)
}

function readAlone(value: string): string {
  const [first = '', ...rest] = readList(value)
  if (rest.length > 0) throw unreadable()
  return first
}

function readList(list: string): string[] {
  const values: string[] = []
  for (let position = 0; position <= list.length; ) {
    // A backtick cannot be escaped: the next one ends the value.
    const [all, quoted, plain = ''] = /\s*(?:`([^`]*)`\s*|([^,`]*))(?=,|$)/y.exec(list.slice(position)) ?? []
    if (all === undefined || (quoted === undefined && /[()[\]]|&&|\|\|/.test(plain))) throw unreadable()
    const value = quoted ?? plain.trim()
    if (value !== '') values.push(value)
    position += all.length + 1
  }
  if (values.length === 0)
    throw new ApiError(400, 'Error with filter field: Filter value array cannot be empty.')
  return values
}

function unreadable(): ApiError {
  return new ApiError(400, 'Could not parse the filter query.')
}
