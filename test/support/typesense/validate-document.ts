import { ApiError } from './api-error.ts'
import { checkValue, type DirtyValues } from './check-value.ts'
import type { Document, Field, Schema } from './collection.ts'
import { isDynamic } from './complete-schema.ts'
import { valueAt } from './value-at.ts'

/** How a document is validated; a partial one changes another that is there already. */
export interface Validation {
  readonly dirty: DirtyValues
  readonly isPartial: boolean
}

/** The document as it is stored; throws what a server says of one that its schema refuses. */
export function validateDocument(document: Document, schema: Schema, validation: Validation): Document {
  const sorting = schema.default_sorting_field
  if (sorting !== '' && !validation.isPartial && document[sorting] === undefined) {
    throw new ApiError(
      400,
      `Field \`${sorting}\` has been declared as a default sorting field, but is not found in the document.`,
    )
  }
  let stored = document
  for (const field of schema.fields) {
    if (field.name === 'id' || isDynamic(field) || !field.index || field.embed !== undefined) continue
    stored = validateField(stored, field, schema, validation)
  }
  return stored
}

function validateField(document: Document, field: Field, schema: Schema, validation: Validation): Document {
  const { value, isThroughArray } = valueAt(document, field.name, schema.enable_nested_fields)
  if (value === undefined) {
    if (field.optional || validation.isPartial) return document
    throw new ApiError(
      400,
      `Field \`${field.name}\` has been declared in the schema, but is not found in the document.`,
    )
  }
  if (value === null && field.optional) return validation.isPartial ? document : without(document, field.name)
  if (isThroughArray && !field.type.endsWith('[]')) {
    throw new ApiError(
      400,
      `Field \`${field.name}\` has an incorrect type. Hint: field inside an array of objects must be an array type as well.`,
    )
  }
  const checked = checkValue(field, value, validation.dirty)
  if ('problem' in checked) throw new ApiError(400, checked.problem)
  if (!Object.hasOwn(document, field.name)) return document
  return 'value' in checked ? { ...document, [field.name]: checked.value } : without(document, field.name)
}

function without(document: Document, name: string): Document {
  const { [name]: _, ...rest } = document
  return rest
}
