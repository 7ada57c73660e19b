import { parseGrant } from '../parse-grant.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { Change } from './difference.ts'
import type { Pair, Side, Sides } from './sides.ts'

/**
 * The privileges on an object of both sides. A sequence that belongs to a column has its own with those of the table, where it is created. They are compared
 * with the sequence, because it may belong to a column of one side only.
 */
export function grantsOf({ source, target }: Pair, sides: Sides): [readonly string[], readonly string[]] {
  return [grantsIn(source, sides.source, sides), grantsIn(target, sides.target, sides)]
}

/** A sequence changes its owner together with its table. */
export function placeOfGrants({ sequence }: SchemaObject, { source }: Sides): Pick<Change, 'place'> {
  const table = sequence?.ownedBy === undefined ? undefined : source.relations.get(sequence.ownedBy.table)
  return table === undefined ? {} : { place: (source.places.get(table.id) ?? 0) + AFTER_OWNERSHIP }
}

const AFTER_OWNERSHIP = 0.6

function grantsIn(
  { sequence, identity, table, grants }: SchemaObject,
  side: Side,
  sides: Sides,
): readonly string[] {
  if (table !== undefined) return grants.filter((grant) => !isOfBoth(subjectOf(grant), sides))
  const of = sequence?.ownedBy === undefined ? undefined : side.relations.get(sequence.ownedBy.table)
  return of === undefined
    ? grants
    : [...grants, ...of.grants.filter((grant) => subjectOf(grant) === identity)]
}

function isOfBoth(subject: string | undefined, { source, target }: Sides): boolean {
  return (
    subject?.startsWith('SEQUENCE ') === true &&
    source.byIdentity.has(subject) &&
    target.byIdentity.has(subject)
  )
}

function subjectOf(grant: string): string | undefined {
  return parseGrant(grant)[0]?.on
}
