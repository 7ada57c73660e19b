import { ApiError } from './api-error.ts'
import type { Collection, Document, Field } from './collection.ts'
import { completeField } from './complete-schema.ts'
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
  const dropsFirst = [...(changes as Document[])].sort((a, b) => Number('drop' in b) - Number('drop' in a))
  for (const change of dropsFirst) fields = alterField(fields, change, schema.enable_nested_fields)
  const altered = { ...schema, fields, default_sorting_field: '' }
  for (const { document } of documents.values()) {
    try {
      validateDocument(document, altered, { dirty: 'coerce_or_reject', isPartial: false })
    } catch (error) {
      throw error instanceof ApiError ? new ApiError(error.status, incompatible(error.message)) : error
    }
  }
  return fields
}

/** The server's words for a document that the whole new schema does not take. */
function incompatible(message: string): string {
  if (message.includes('but is not found in the document.'))
    return `${message.slice(0, -1)}s already present in the collection. If you still want to add this field, set it as \`optional: true\`.`
  const general =
    'Schema change is incompatible with the type of documents already stored in this collection.'
  const [field, type] = message.split(' must be ')
  if (field === undefined || type === undefined) return `${general} error: ${message}`
  return `${general} Existing data for f${field.slice(1)} cannot be coerced into ${type}`
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
