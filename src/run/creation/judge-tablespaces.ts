import type { Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import { describeTablespaces, type PlacedObject } from '../../schema/tablespaces.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'

/** Names objects that are outside the default tablespace of the source, and will be created in the default tablespace of the target. */
export function judgeTablespaces(
  placed: readonly PlacedObject[] = [],
  objects: readonly CreatableObject[],
): Finding[] {
  const created = new TableSet(objects.flatMap(({ table, of }) => table?.name ?? of ?? []))
  const known = new Set(objects.map(({ identity }) => identity))
  const wanted = placed.filter(({ identity, of }) => known.has(identity) || created.has(of))
  return describeTablespaces(wanted).map(({ identity, contents, statement }) =>
    noteFinding(
      identity,
      `is not used in the target: what it has in the source (${contents}) is created in the default tablespace`,
      `If the target's server has that tablespace, move them afterwards: ${statement}.`,
    ),
  )
}
