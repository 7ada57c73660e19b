import type { SchemaObject } from '../schema-object.ts'
import { relationName } from './index-names.ts'
import type { Side } from './sides.ts'

/** The objects of a side by the names that no other object can have beside them. */
export function takenNames({ objects }: Side): ReadonlyMap<string, SchemaObject> {
  return new Map(
    objects.flatMap((object) => {
      const name = object.kind === 'index partition' ? undefined : exclusiveName(object)
      return name === undefined ? [] : [[name, object]]
    }),
  )
}

/** Relations, indexes and types share their names, and functions of all kinds with the same arguments do. */
export function exclusiveName(object: SchemaObject): string | undefined {
  const { kind, identity } = object
  if (kind === 'function' || kind === 'aggregate') return identity.replace(/^[A-Z]+ /, 'ROUTINE ')
  if (kind === 'type' || kind === 'domain') return identity.replace(/^[A-Z]+ /, '')
  return relationName(object)
}
