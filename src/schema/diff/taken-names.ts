import type { SchemaObject } from '../schema-object.ts'
import { relationName } from './index-names.ts'
import type { Side } from './sides.ts'

/** The objects of a side, by names that must be unique. */
export function takenNames({ objects }: Side): ReadonlyMap<string, SchemaObject> {
  return new Map(
    objects.flatMap((object) => {
      const name = object.kind === 'index partition' ? undefined : exclusiveName(object)
      return name === undefined ? [] : [[name, object]]
    }),
  )
}

/** Relations, indexes and types share one set of names. So do functions of all kinds with the same arguments. */
export function exclusiveName(object: SchemaObject): string | undefined {
  const { kind, identity } = object
  if (kind === 'function' || kind === 'aggregate') return identity.replace(/^[A-Z]+ /, 'ROUTINE ')
  if (kind === 'type' || kind === 'domain') return identity.replace(/^[A-Z]+ /, '')
  return relationName(object)
}
