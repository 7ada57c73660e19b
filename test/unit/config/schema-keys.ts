import { type JsonSchema, jsonSchema } from '../../../src/config/schema/json-schema.ts'

/** A key of `mbsync.yaml`. A name that is free stands as `*` in its path, as in `profiles.*.jobs`. */
export interface SchemaKey {
  readonly path: string
  readonly key: string
  readonly schema: JsonSchema
}

/** Every key that the schema knows, at any depth. */
export function schemaKeys(schema: JsonSchema = jsonSchema(), prefix = ''): SchemaKey[] {
  const { properties = {}, additionalProperties } = schema
  const named = Object.entries(properties).flatMap(([key, child]) => {
    const path = `${prefix}${key}`
    return [{ path, key, schema: child }, ...schemaKeys(child, `${path}.`)]
  })
  const free = typeof additionalProperties === 'object' ? schemaKeys(additionalProperties, `${prefix}*.`) : []
  return [...named, ...free]
}
