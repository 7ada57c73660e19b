import { ApiError } from './api-error.ts'
import type { Collection, Document, Field } from './collection.ts'
import { completeField, isDynamic } from './complete-schema.ts'
import { validateDocument } from './validate-document.ts'

/** The fields that a collection has after a PATCH; throws if its documents would not fit them. */
export function alterFields(changes: unknown, { schema, documents }: Collection): Field[] {
  if (changes === undefined) return schema.fields
  if (!Array.isArray(changes)) {
    throw new ApiError(
      400,
      'The `fields` value should be an array of objects containing the field `name` and other properties.',
    )
  }
  let fields = schema.fields
  for (const change of changes as Document[]) fields = alterField(fields, change, schema.enable_nested_fields)
  const added = fields.filter((field) => !schema.fields.includes(field) && !isDynamic(field))
  const part = { ...schema, fields: added, default_sorting_field: '' }
  for (const { document } of documents.values()) {
    validateDocument(document, part, { dirty: 'reject', isPartial: false })
  }
  return fields
}

function alterField(fields: readonly Field[], change: Document, hasNestedFields: boolean): Field[] {
  const isThere = fields.some(({ name }) => name === change.name)
  if (change.drop === true) {
    if (!isThere) throw new ApiError(400, `Field \`${change.name}\` is not part of collection schema.`)
    return fields.filter(({ name }) => name !== change.name)
  }
  if (isThere) {
    throw new ApiError(
      400,
      `Field \`${change.name}\` is already part of the schema: To change this field, drop it first before adding it back to the schema.`,
    )
  }
  return [...fields, completeField(change, hasNestedFields)]
}
