import type { Document } from './collection.ts'

/** What a field finds in a document. */
export interface FoundValue {
  readonly value: unknown
  readonly isThroughArray: boolean
}

/** The value of a field; one with dots leads into objects, and through arrays of them collects what each holds. */
export function valueAt(document: Document, name: string, isNested: boolean): FoundValue {
  if (Object.hasOwn(document, name) || !isNested || !name.includes('.')) {
    return { value: document[name], isThroughArray: false }
  }
  let isThroughArray = false
  let values: unknown[] = [document]
  for (const part of name.split('.')) {
    values = values.flatMap((value) => {
      if (Array.isArray(value)) isThroughArray = true
      return (Array.isArray(value) ? value : [value]).map((item) => propertyOf(item, part))
    })
  }
  const found = values.filter((value) => value !== undefined && !(isThroughArray && value === null))
  if (found.length === 0) return { value: undefined, isThroughArray }
  return { value: isThroughArray ? found.flat() : found[0], isThroughArray }
}

function propertyOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Document)[name]
}
