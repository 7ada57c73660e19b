import { groupBy } from '../../core/group-by.ts'
import { quoteQualified } from '../quote-name.ts'
import { type DatabaseSchema, isOfGrants, type SchemaObject } from '../schema-object.ts'
import { describeTablespaces, type PlacedObject, placedOtherwise } from '../tablespaces.ts'
import { knownStatements } from '../write-script.ts'
import { isReplaced, parentIndexOf } from './attached-indexes.ts'
import { review, safe } from './changes.ts'
import { withoutMadeByParents, withoutUnmade } from './changes-of-children.ts'
import { isOrderedDifferently } from './compare-columns.ts'
import { compareDatabase } from './compare-database.ts'
import { compareGrants } from './compare-grants.ts'
import { compareObject, type DiffOptions, topicOf } from './compare-object.ts'
import type { Change, Difference } from './difference.ts'
import { constraintName, dropStatement } from './drop-statement.ts'
import { MissingObjects, ownershipOf } from './find-missing.ts'
import { noteTableRenames } from './likely-renames.ts'
import { limitToTables, type Matches } from './limit-to-tables.ts'
import { placeIn, placeOfIndex, placeOfPart } from './part-places.ts'
import { type Recreations, recreate, withObstacles } from './recreate.ts'
import { withRenamedIndexes } from './renamed-indexes.ts'
import { relationOf, type Side, type Sides, sideOf, wholeOf } from './sides.ts'
import { countReviews, withUnsettled } from './with-unsettled.ts'

/** How the schemas of two databases differ, and what would make the target equal to the source. */
export interface SchemaDiff {
  /** The database, then by object: those of the source in the order of creation, then those that only the target has. */
  readonly differences: readonly Difference[]
  /** Objects that are dropped and created again because of other changes. */
  readonly recreations: Recreations['recreations']
  /** Differences that do not matter, and objects that could not be compared. */
  readonly notes: readonly string[]
}

/** Compares the schemas of two databases by the names of their objects. */
export function compareSchemas(
  source: DatabaseSchema,
  target: DatabaseSchema,
  options: DiffOptions,
  matches?: Matches,
): SchemaDiff {
  const sides = withRenamedIndexes({ source: sideOf(source, options), target: sideOf(target, options) })
  const missing = new MissingObjects(sides, options)
  const all = settle(withoutMadeByParents(findDifferences(sides, missing, options), sides), sides)
  const wanted = matches === undefined ? all : limitToTables(all, sides, matches)
  const { differences, recreations } = recreate(noteTableRenames(wanted, sides), sides, missing)
  const notes = [
    ...notesOn(sides, matches),
    ...notCompared(source, target, matches),
    ...placesOf(source, target, matches),
  ]
  const ofDatabase =
    matches === undefined ? compareDatabase(source.database, target.database, options.grants) : []
  return { differences: [...ofDatabase, ...differences], recreations, notes }
}

/** What needs a review because of what else needs one: a type that a view keeps from changing keeps others from being as in the source. */
function settle(differences: readonly Difference[], sides: Sides): readonly Difference[] {
  let [current, before] = [differences, -1]
  for (let now = 0; now !== before; ) {
    before = now
    current = withUnsettled(withObstacles(current, sides), sides)
    now = countReviews(current)
  }
  return withoutUnmade(current, sides)
}

function findDifferences(sides: Sides, missing: MissingObjects, options: DiffOptions): Difference[] {
  const { source, target } = sides
  const judged = source.objects.map((object) => [object, ofSource(object, sides, missing, options)] as const)
  const changes = new Map(
    judged.map(([object, own]) => [object, own.map((change) => missing.withObstacles(object, change))]),
  )
  const isPart = (object: SchemaObject) => isMissingPart(object, sides)
  const parts = groupBy(source.objects.filter(isPart), (object) => wholeOf(object, source))
  const found = [...changes].flatMap(([object, own]) => {
    if (isPart(object)) return []
    const ofObject = parts.get(object) ?? []
    const ofParts = ofObject.flatMap((part) =>
      asPart(part, changes.get(part) ?? [], placeOfPart(part, ofObject, sides)),
    )
    const place = placeOfIndex(object, parts, sides)
    const placed = place === placeIn(source, object.id) ? own : own.map((change) => ({ ...change, place }))
    return toDifference(object, sides, [...placed, ...ofParts])
  })
  const extra = [...target.objects].reverse()
  return [...found, ...extra.flatMap((object) => toDifference(object, sides, ofTarget(object, sides)))]
}

function ofSource(
  object: SchemaObject,
  sides: Sides,
  missing: MissingObjects,
  options: DiffOptions,
): Change[] {
  const other = sides.target.byIdentity.get(object.identity)
  if (other === undefined && (object.kind === 'publication' || isUnknown(object, sides.target))) return []
  if (other !== undefined) {
    return compareObject({ source: object, target: other }, sides, options).map((change) => ({
      ...change,
      statements: missing.inTime(object, change.statements),
    }))
  }
  if (sides.source.inline.has(object.id) && isMissingPart(object, sides)) {
    const { describe } = object
    return describe.length === 0 ? [] : [safe('comment', 'is missing', { within: describe })]
  }
  const whole = wholeOf(object, sides.source)
  if (whole !== undefined && !isMissingPart(object, sides) && isComparedWithWhole(object, whole)) return []
  return [...placeholderOf(object, sides), missing.create(object), ...ownershipOf(object, sides, options)]
}

/** Whether all that an object grants is of privileges that the server lacks. */
function isUnknown({ kind, grants }: SchemaObject, { serverVersion }: Sides['target']): boolean {
  return isOfGrants(kind) && knownStatements(grants, serverVersion).length === 0
}

/** The placeholder of a view in a circle. */
function placeholderOf({ id, identity }: SchemaObject, { source }: Sides): Change[] {
  const object = source.placeholders.get(id)
  if (object === undefined) return []
  const facts = { place: placeIn(source, object.id), part: `${identity} (placeholder)` }
  return [safe('view', 'is missing', { within: object.create }, facts)]
}

/** Whether an object belongs to a table, view or domain that the target lacks, too. */
function isMissingPart(object: SchemaObject, { source, target }: Sides): boolean {
  const whole = wholeOf(object, source)
  return whole !== undefined && !target.byIdentity.has(whole.identity)
}

function asPart({ identity }: SchemaObject, changes: readonly Change[], place: number): Change[] {
  return changes.map((change) => ({ ...change, place, part: identity }))
}

function ofTarget(object: SchemaObject, sides: Sides): Change[] {
  if (sides.source.byIdentity.has(object.identity) || object.kind === 'publication') return []
  const whole = wholeOf(object, sides.target)
  const isIncluded =
    whole !== undefined &&
    (!sides.source.byIdentity.has(whole.identity) || isComparedWithWhole(object, whole))
  return isIncluded ? [] : extraObject(object, sides)
}

/** Found when the table or domain itself is compared. */
function isComparedWithWhole({ kind }: SchemaObject, whole: SchemaObject): boolean {
  if (whole.kind === 'domain') return true
  return whole.table !== undefined && (kind === 'default' || kind === 'partition' || kind === 'row security')
}

function toDifference(object: SchemaObject, sides: Sides, changes: readonly Change[]): Difference[] {
  if (changes.length === 0) return []
  const { kind, identity, of } = object
  const [source, target] = [sides.source, sides.target].map(({ byIdentity }) => byIdentity.get(identity)?.id)
  const place =
    source === undefined
      ? sides.source.objects.length + placeIn(sides.target, target)
      : placeIn(sides.source, source)
  return [{ kind, identity, of: relationOf(object) ?? of, ids: { source, target }, place, changes }]
}

/** Objects that cannot be read as statements may still differ. */
function notCompared(source: DatabaseSchema, target: DatabaseSchema, matches?: Matches): string[] {
  const both = [...target.unsupported, ...source.unsupported]
  const wanted = both.filter(({ of }) => matches === undefined || (of !== undefined && matches(of)))
  const reasons = new Map(wanted.map(({ identity, reason }) => [identity, reason]))
  return [...reasons].map(([identity, reason]) => `Not compared: ${identity} (${reason})`)
}

/** The tablespace of an object has no effect on its rows, and is decided for each server. */
function placesOf(
  { placed: to = [] }: DatabaseSchema,
  { placed: from = [] }: DatabaseSchema,
  matches: Matches = () => true,
): string[] {
  const notesFor = (placed: readonly PlacedObject[], side: string) =>
    describeTablespaces(placed.filter(({ of }) => matches(of))).map(
      ({ identity, contents }) =>
        `${identity} of the ${side} has ${contents}, which are in other schemas on the other side. This has no effect`,
    )
  return [...notesFor(placedOtherwise(to, from), 'source'), ...notesFor(placedOtherwise(from, to), 'target')]
}

/** Differences between the databases that are allowed. */
function notesOn(sides: Sides, matches?: Matches): string[] {
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

/** Reports an object that only the target has, unless it is dropped with another one. */
function extraObject(object: SchemaObject, sides: Sides): Change[] {
  if (isOfGrants(object.kind)) return compareGrants([], object.grants)
  if (object.identity === 'SCHEMA public') return []
  const statement = dropStatement(object)
  if (statement === undefined || goesWithOther(object, sides) || goesWithParent(object, sides)) return []
  const topic = topicOf(object)
  const what = 'is only in the target'
  if (object.kind === 'default') return [safe(topic, what, { within: [statement] })]
  const isAboutRows = object.kind === 'table'
  const reason = isAboutRows ? 'its rows are lost' : 'the target may need it'
  return [review(topic, what, reason, [statement], { isAboutRows, ...keyOf(object) })]
}

/** A check of a parent is also dropped in its children. */
function keyOf(object: SchemaObject): Pick<Change, 'key'> {
  return object.constraint?.kind === 'check' ? { key: `drop constraint ${constraintName(object)}` } : {}
}

/** The default of a column is compared with the column; an owned sequence is dropped with its column. */
function goesWithOther({ kind, of, sequence }: SchemaObject, { source, target }: Sides): boolean {
  if (kind === 'default') return of !== undefined && target.relations.get(of)?.table !== undefined
  const { ownedBy } = sequence ?? {}
  if (ownedBy === undefined) return false
  const table = source.relations.get(ownedBy.table)?.table
  return table === undefined || table.columns.every(({ name }) => name !== ownedBy.column)
}

/**
 * The index of a partition is dropped with that of the partitioned table if that is dropped or changed; or with the partition, if it is no
 * partition in the source.
 */
function goesWithParent(object: SchemaObject, sides: Sides): boolean {
  const parent = parentIndexOf(object, sides.target)
  if (parent === undefined) return false
  const { partitionOf } =
    (object.of === undefined ? undefined : sides.source.relations.get(object.of)?.table) ?? {}
  return (
    partitionOf === undefined || !sides.source.byIdentity.has(parent.identity) || isReplaced(object, sides)
  )
}
