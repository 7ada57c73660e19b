import { groupBy } from '../core/group-by.ts'
import { type ReadonlyTableSet, TableMap, TableSet } from '../core/table-map.ts'
import { isSameTable } from '../core/table-name.ts'
import type { CreatableObject } from './creatable-object.ts'
import type { ObjectId } from './object-id.ts'
import { quoteQualified } from './quote-name.ts'

/** Which objects of a schema are wanted. */
export interface Wanted {
  /** The tables that are wanted with all that they need; undefined for every object. */
  readonly tables: ReadonlyTableSet | undefined
  /** Whether there is an object of this identity already. */
  readonly exists: (identity: string) => boolean
  /** Objects that are wanted beside tables. */
  readonly others?: ReadonlySet<string>
  /** Tables that are not to be created yet, though they are wanted. */
  readonly isDelayed?: (table: CreatableObject) => boolean
  /** Whether a foreign key to this table can be met, if that is not wanted itself; unless given, where it exists. */
  readonly isFilled?: (table: CreatableObject) => boolean
}

/** The objects that are to be created, in order, and the foreign keys that are not, as the table that they refer to will not be there. */
export interface Chosen {
  readonly objects: readonly CreatableObject[]
  readonly withoutParent: readonly CreatableObject[]
}

/**
 * Chooses from all objects of a schema, which are in the order of their creation, those that are wanted and missing: tables with their
 * partitions, indexes, constraints, triggers, rules and policies, and what any of it depends on.
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
  // A Set is walked in the order of insertion, including what is added meanwhile.
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
  // Which tables are chosen is known only now: one may be needed for more than a foreign key.
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

/** The objects without some of them, and without all that depends on those. */
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

/** A partition comes with its table, which may stand behind it, or be there already. */
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

/** What belongs to each table, view or materialized view, by its quoted name. */
function ownedObjects(all: readonly CreatableObject[]): Map<string, CreatableObject[]> {
  return groupBy(
    all.filter(({ of, kind }) => of !== undefined && PARTS.has(kind)),
    ({ of }) => (of === undefined ? '' : quoteQualified(of)),
  )
}

/** What comes with its table, and otherwise is the affair of a table that is there. */
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

/** The quoted name of a table, a view or a materialized view; empty for anything else. */
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
