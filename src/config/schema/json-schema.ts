import { z } from 'zod'
import { fileSchema } from './file-schema.ts'

/** The part of JSON Schema that describes the keys of a map. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** What every value must be, in a map whose keys are free. */
  readonly additionalProperties?: boolean | JsonSchema
}

/** The JSON Schema of `mbsync.yaml` as it is written, before references are replaced: for editors. */
export function jsonSchema(): JsonSchema {
  return z.toJSONSchema(fileSchema, { io: 'input' }) as JsonSchema
}

/** The keys that the map at a path may have; none where keys are free or the path leads nowhere. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.reduce<JsonSchema | undefined>(schemaOfKey, jsonSchema())
  return Object.keys(schema?.properties ?? {})
}

function schemaOfKey(schema: JsonSchema | undefined, key: PropertyKey): JsonSchema | undefined {
  const { properties, additionalProperties } = schema ?? {}
  if (properties !== undefined) return properties[String(key)]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}
