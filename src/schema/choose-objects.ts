import { groupBy } from '../core/group-by.ts'
import { type ReadonlyTableSet, TableMap, TableSet } from '../core/table-map.ts'
import { isSameTable } from '../core/table-name.ts'
import type { CreatableObject } from './creatable-object.ts'
import type { ObjectId } from './object-id.ts'
import { quoteQualified } from './quote-name.ts'

/** Which objects of a schema are wanted. */
export interface Wanted {
  /** The tables that are wanted, together with everything that they need; undefined for all objects. */
  readonly tables: ReadonlyTableSet | undefined
  /** Whether an object of this identity exists already. */
  readonly exists: (identity: string) => boolean
  /** Objects that are wanted in addition to tables. */
  readonly others?: ReadonlySet<string>
  /** Wanted tables that cannot be created yet. */
  readonly isDelayed?: (table: CreatableObject) => boolean
  /** Whether a foreign key to this table can be satisfied, although the table itself is not wanted; by default, if it exists. */
  readonly isFilled?: (table: CreatableObject) => boolean
}

/** The objects to create, in order, and the foreign keys that are left out because the table that they refer to will not exist. */
export interface Chosen {
  readonly objects: readonly CreatableObject[]
  readonly withoutParent: readonly CreatableObject[]
}

/**
 * Chooses the objects that are wanted and missing from all objects of a schema, which are in the order of creation: tables with their
 * partitions, indexes, constraints, triggers, rules and policies, and everything that these depend on.
 */
export function chooseObjects(all: readonly CreatableObject[], wanted: Wanted): Chosen {
  const isMissing = ({ identity }: CreatableObject) => !wanted.exists(identity)
  const byId = new Map(all.map((object) => [object.id, object]))
  if (wanted.tables === undefined) return everything(all.filter(isMissing), byId, wanted)
  const { others, isDelayed = () => false } = wanted
  const chosen = new Set([
    ...wantedTables(all, wanted.tables, isMissing).filter((table) => !isDelayed(table)),
    ...all.filter((object) => others?.has(object.identity) === true && isMissing(object)),
  ])
  const { isFilled = ({ identity }: CreatableObject) => wanted.exists(identity) } = wanted
  const withoutParent = new Set<CreatableObject>()
  const owned = ownedObjects(all)
  // Iterating over a Set follows the order of insertion, and includes elements that are added meanwhile.
  for (const object of chosen) {
    for (const part of owned.get(relationOf(object)) ?? []) {
      const parents = referredTables(part, byId)
      if (parents.every((parent) => chosen.has(parent) || isFilled(parent))) chosen.add(part)
      else withoutParent.add(part)
    }
    for (const id of object.dependsOn) {
      const needed = byId.get(id)
      if (needed !== undefined && !PARTS.has(needed.kind) && isMissing(needed)) chosen.add(needed)
    }
  }
  // Only now is it known which tables are chosen: one may be needed for more than a foreign key.
  for (const key of withoutParent)
    if (referredTables(key, byId).every((parent) => chosen.has(parent) || isFilled(parent))) {
      withoutParent.delete(key)
      chosen.add(key)
    }
  return { objects: all.filter((object) => chosen.has(object)), withoutParent: [...withoutParent] }
}

function everything(
  missing: readonly CreatableObject[],
  byId: ReadonlyMap<ObjectId, CreatableObject>,
  { isFilled = () => true }: Wanted,
): Chosen {
  const isMet = (object: CreatableObject) => referredTables(object, byId).every(isFilled)
  return { objects: missing.filter(isMet), withoutParent: missing.filter((object) => !isMet(object)) }
}

/** Removes some objects, and all objects that depend on them. */
export function withoutObjects(
  all: readonly CreatableObject[],
  left: ReadonlySet<ObjectId>,
): { readonly kept: readonly CreatableObject[]; readonly dependents: readonly CreatableObject[] } {
  const leftOut = new Set(left)
  const tables = new TableSet()
  const dependents: CreatableObject[] = []
  const kept = all.filter((object) => {
    const isLeft = left.has(object.id)
    const isDependent =
      object.dependsOn.some((id) => leftOut.has(id)) ||
      (object.of !== undefined && object.table === undefined && tables.has(object.of))
    if (!isLeft && !isDependent) return true
    leftOut.add(object.id)
    if (object.table !== undefined) tables.add(object.table.name)
    if (!isLeft) dependents.push(object)
    return false
  })
  return { kept, dependents }
}

/** A partition comes with its table, which may follow it in the list, or exist already. */
function wantedTables(
  all: readonly CreatableObject[],
  names: ReadonlyTableSet,
  isMissing: (object: CreatableObject) => boolean,
): CreatableObject[] {
  const tables = new TableMap(all.flatMap(({ table }) => (table === undefined ? [] : [[table.name, table]])))
  const isWanted = ({ name, partitionOf }: NonNullable<CreatableObject['table']>): boolean => {
    if (names.has(name)) return true
    const whole = partitionOf === undefined ? undefined : tables.get(partitionOf.parent)
    return whole !== undefined && isWanted(whole)
  }
  return all.filter((object) => object.table !== undefined && isMissing(object) && isWanted(object.table))
}

/** The objects of each table, view or materialized view, by its quoted name. */
function ownedObjects(all: readonly CreatableObject[]): Map<string, CreatableObject[]> {
  return groupBy(
    all.filter(({ of, kind }) => of !== undefined && PARTS.has(kind)),
    ({ of }) => (of === undefined ? '' : quoteQualified(of)),
  )
}

/** Objects that are created with their table. If the table exists already, they are not created. */
const PARTS = new Set([
  'default',
  'partition',
  'constraint',
  'index',
  'index partition',
  'statistics',
  'trigger',
  'rule',
  'row security',
  'policy',
])

/** The quoted name of a table, view or materialized view; empty for other objects. */
function relationOf({ kind, identity }: CreatableObject): string {
  const [, name = ''] = /^(?:TABLE|VIEW|MATERIALIZED VIEW) (.*)$/s.exec(identity) ?? []
  return kind === 'table' || kind === 'view' || kind === 'materialized view' ? name : ''
}

/** The other tables that a foreign key refers to. */
function referredTables(
  { kind, of, dependsOn }: CreatableObject,
  byId: ReadonlyMap<ObjectId, CreatableObject>,
): CreatableObject[] {
  if (kind !== 'constraint' || of === undefined) return []
  return dependsOn.flatMap((id) => {
    const object = byId.get(id)
    return object?.table === undefined || isSameTable(object.table.name, of) ? [] : [object]
  })
}
