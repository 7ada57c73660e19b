import type { CreatableObject, CreatableSchema } from '../schema/creatable-object.ts'
import { SCRIPT_VERSION } from '../schema/write-script.ts'
import type { ManifestSchema } from './manifest.ts'

/** A schema as a manifest keeps it, without the scripts that psql runs. */
export type DescribedSchema = Omit<ManifestSchema, 'preDataFile' | 'postDataFile'>

/** A schema as a manifest keeps it: what creates each object, and what decides whether it is wanted. */
export function describeSchema({ serverVersion, objects, unsupported }: CreatableSchema): DescribedSchema {
  return {
    serverVersion,
    scriptVersion: SCRIPT_VERSION,
    objects: objects.map(describeObject),
    unsupported: unsupported.map(({ id, identity, reason, hint, of }) => ({
      id,
      identity,
      reason,
      hint,
      of,
    })),
  }
}

function describeObject(object: CreatableObject): ManifestSchema['objects'][number] {
  const { id, kind, identity, schema, of, section, create, describe, owner, grants, dependsOn } = object
  const { roles, grantedTo, placeholderOf, isPopulated, superuserReason, since, extension, table, sequence } =
    object
  const parent = table?.partitionOf?.parent
  return {
    ...{ id, kind, identity, schema, of, section, owner, placeholderOf, isPopulated, superuserReason, since },
    create: [...create],
    describe: [...describe],
    grants: [...grants],
    roles: roles && [...roles],
    grantedTo: grantedTo && [...grantedTo],
    dependsOn: [...dependsOn],
    extension: extension && { name: extension.name, version: extension.version },
    table: table && { name: table.name, ...(parent === undefined ? {} : { parent }) },
    sequence: sequence?.name,
  }
}

/** The schema that a manifest keeps. */
export function schemaOf({ serverVersion, objects, unsupported }: DescribedSchema): CreatableSchema {
  return {
    serverVersion,
    objects: objects.map(({ table, sequence, ...object }) => ({
      ...object,
      table: table && {
        name: table.name,
        partitionOf: table.parent && { parent: table.parent },
      },
      sequence: sequence && { name: sequence },
    })),
    unsupported,
  }
}
