import { z } from 'zod'
import { fileSchema } from './file-schema.ts'

/** The part of JSON Schema that describes the keys of a map. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** What every value must be, in a map whose keys are free. */
  readonly additionalProperties?: boolean | JsonSchema
  /** The forms that a value may have. */
  readonly anyOf?: readonly JsonSchema[]
}

/** The JSON Schema of `mbsync.yaml` as it is written, before references are replaced: for editors. */
export function jsonSchema(): JsonSchema {
  return z.toJSONSchema(fileSchema, { io: 'input' }) as JsonSchema
}

/** The keys that the map at a path may have; none where keys are free or the path leads nowhere. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const forms = path.reduce<JsonSchema[]>(
    (schemas, key) => schemas.flatMap((each) => formsOfKey(each, key)),
    [jsonSchema()],
  )
  return forms.flatMap(formsOf).flatMap(({ properties }) => Object.keys(properties ?? {}))
}

function formsOfKey(schema: JsonSchema, key: PropertyKey): JsonSchema[] {
  return formsOf(schema).flatMap(({ properties, additionalProperties }) => {
    const found = properties === undefined ? additionalProperties : properties[String(key)]
    return typeof found === 'object' ? [found] : []
  })
}

function formsOf(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(formsOf)]
}
