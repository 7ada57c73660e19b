import { coded, type Finding } from '../core/finding.ts'
import { TableSet } from '../core/table-map.ts'
import { chooseObjects } from '../schema/choose-objects.ts'
import type { CreatableObject, CreatableSchema } from '../schema/creatable-object.ts'
import { readSchema } from '../schema/read-schema.ts'
import type { LiveSource } from '../transfer/source/live-source.ts'
import { noteFinding } from '../transfer/validate/finding.ts'
import { judgeTablespaces } from './creation/judge-tablespaces.ts'

/** The schema that a dump contains, and notes about it. */
export interface ChosenSchema {
  readonly schema: CreatableSchema
  readonly notes: readonly Finding[]
}

/**
 * Chooses which part of the schema goes into a dump: everything if the dump has all tables, otherwise what its tables need. Foreign keys to
 * tables without rows in the dump are left out, because the rows would violate them.
 */
export async function chooseSchema(source: LiveSource): Promise<ChosenSchema> {
  const { tables, relations } = source.catalog
  const { serverVersion, objects, unsupported, placed = [] } = await source.withSession(readSchema)
  const dumped = new TableSet(
    tables.flatMap(({ name, partitions }) => [name, ...partitions.map((each) => each.name)]),
  )
  const isWhole = relations.every(
    ({ name, kind, platform }) =>
      platform !== undefined || (kind !== 'table' && kind !== 'partitioned') || dumped.has(name),
  )
  const isDumped = ({ table }: CreatableObject) => table !== undefined && dumped.has(table.name)
  const all = objects.filter(({ kind }) => kind !== 'publication')
  const { objects: chosen, withoutParent } = chooseObjects(all, {
    tables: isWhole ? undefined : new TableSet(tables.map(({ name }) => name)),
    exists: () => false,
    isFilled: isDumped,
  })
  const notes = [
    ...withoutParent.map(({ identity }) =>
      noteFinding(identity, 'is not in the dump: the rows of the table that it refers to are not in it'),
    ),
    ...unsupported.map(({ identity, reason }) => noteFinding(identity, `is not in the dump: ${reason}`)),
    ...judgeTablespaces(placed, chosen),
  ]
  return { schema: { serverVersion, objects: chosen, unsupported }, notes: coded('schema', notes) }
}
