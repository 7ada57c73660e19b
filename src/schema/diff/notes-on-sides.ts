import { quoteQualified } from '../quote-name.ts'
import { isOrderedDifferently } from './compare-columns.ts'
import type { Matches } from './limit-to-tables.ts'
import type { Side, Sides } from './sides.ts'

/** Differences between the databases that are allowed. */
export function notesOn(sides: Sides, matches?: Matches): string[] {
  return [
    ...orderOfColumns(sides, matches),
    ...neverFilled(sides, matches),
    ...(matches === undefined ? ownPublications(sides) : []),
  ]
}

function orderOfColumns({ source, target }: Sides, matches: Matches = () => true): string[] {
  return source.objects.flatMap(({ table }) => {
    const other = table === undefined ? undefined : target.relations.get(table.name)?.table
    if (table === undefined || other === undefined || !isOrderedDifferently(table, other)) return []
    if (!matches(table.name)) return []
    return [`The columns of ${quoteQualified(table.name)} are in another order, which has no effect`]
  })
}

/** A materialized view is created without rows, and cannot be read until it is filled. Its rows are not part of the schema. */
function neverFilled({ source, target }: Sides, matches: Matches = () => true): string[] {
  return source.objects.flatMap(({ identity, view, isPopulated }) => {
    if (isPopulated !== true || view === undefined || !matches(view.name)) return []
    if (target.byIdentity.get(identity)?.isPopulated !== false) return []
    return [`${identity} has never been filled in the target: REFRESH ${identity} fills it`]
  })
}

/** A publication decides what leaves its database, so a missing one is no difference. */
function ownPublications({ source, target }: Sides): string[] {
  const notesFor = (side: Side, other: Side, name: string) =>
    side.objects
      .filter(({ kind, identity }) => kind === 'publication' && !other.byIdentity.has(identity))
      .map(({ identity }) => `${identity} is only in the ${name}: it says what leaves that database`)
  return [...notesFor(source, target, 'source'), ...notesFor(target, source, 'target')]
}
