import { ApiError } from './api-error.ts'
import type { Document, Field, Schema } from './collection.ts'
import type { Version } from './store.ts'

const TYPES = new Set(
  ['string', 'int32', 'int64', 'float', 'bool', 'geopoint', 'object'].flatMap((type) => [type, `${type}[]`]),
)
const OTHER_TYPES = new Set(['auto', 'string*', 'geopolygon', 'image'])
const NUMBERS = new Set(['int32', 'int64', 'float'])

/** Checks the schema of a new collection and fills in what a server fills in. */
export function completeSchema(given: Document, version: Version): Schema {
  const { name, fields, default_sorting_field = '', enable_nested_fields = false } = given
  if (typeof name !== 'string' || name === '') throw new ApiError(400, 'Parameter `name` is required.')
  if (!Array.isArray(fields)) throw new ApiError(400, 'Parameter `fields` is required.')
  const schema: Schema = {
    name,
    fields: fields.map((field: Document) => completeField(field, enable_nested_fields === true)),
    default_sorting_field: String(default_sorting_field),
    enable_nested_fields: enable_nested_fields === true,
    token_separators: (given.token_separators ?? []) as string[],
    symbols_to_index: (given.symbols_to_index ?? []) as string[],
  }
  checkSortingField(schema)
  if (given.metadata !== undefined) schema.metadata = given.metadata
  if (version === '30.1') {
    schema.synonym_sets = given.synonym_sets ?? []
    schema.curation_sets = given.curation_sets ?? []
  }
  return schema
}

/** Checks a field and fills in its defaults. */
export function completeField(given: Document, hasNestedFields: boolean): Field {
  const { name, type } = given
  if (typeof name !== 'string' || typeof type !== 'string') {
    throw new ApiError(
      400,
      'Wrong format for `fields`. It should be an array of objects containing `name`, `type`, `optional` and `facet` properties.',
    )
  }
  if (!TYPES.has(type) && !OTHER_TYPES.has(type)) {
    throw new ApiError(400, `Field \`${name}\` has an invalid data type.`)
  }
  if (type.startsWith('object') && !hasNestedFields) {
    throw new ApiError(
      400,
      'Type `object` or `object[]` can be used only when nested fields are enabled by setting` enable_nested_fields` to true.',
    )
  }
  return { ...defaultsOf(name, type), ...given, name, type } as Field
}

/** Whether the types of a field's values are found out from the documents. */
export function isDynamic({ name, type }: Field): boolean {
  return type === 'auto' || type === 'string*' || name.includes('*')
}

function defaultsOf(name: string, type: string): Document {
  const optional = type === 'auto' || type === 'string*' || name.includes('*')
  const sort = NUMBERS.has(type.replace('[]', '')) || type === 'bool'
  const rest = { infix: false, locale: '', stem: false, stem_dictionary: '', store: true }
  return { facet: false, index: true, optional, sort, ...rest }
}

function checkSortingField({ fields, default_sorting_field: name }: Schema): void {
  if (name === '') return
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined) {
    throw new ApiError(400, `Default sorting field is defined as \`${name}\` but is not found in the schema.`)
  }
  if (field.optional) {
    throw new ApiError(400, `Default sorting field \`${name}\` cannot be an optional field.`)
  }
  if (!NUMBERS.has(field.type)) {
    throw new ApiError(400, `Default sorting field \`${name}\` must be a single valued numerical field.`)
  }
}
