import { sqlTokens } from '../../core/sql-tokens.ts'
import type { TableName } from '../../core/table-name.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import type { ObjectKind, SchemaObject } from '../schema-object.ts'
import { attachmentOf, attachmentsTo, isReplaced, parentIndexOf } from './attached-indexes.ts'
import type { Change, Difference, Statements } from './difference.ts'
import { dropStatement } from './drop-statement.ts'
import type { MissingObjects } from './find-missing.ts'
import { type Closure, groupLate, type LateGroup } from './late-recreations.ts'
import { checkOfParent, dropPlaceOf, ownChecksOfChildren } from './own-checks.ts'
import type { Side, Sides } from './sides.ts'

/** One object that is dropped and created again. */
export interface Recreation {
  readonly identity: string
  readonly kind: ObjectKind
  readonly of: TableName | undefined
  readonly target: ObjectId
  /** Its position in the order of creation. */
  readonly place: number
  /** Its position among the dropped objects. Objects that depend on it come later, and are dropped earlier. */
  readonly dropPlace: number
  readonly statements: Statements
  /** The objects that are dropped and created together with it, if rows of the target may prevent that. */
  readonly late?: LateGroup | undefined
  /** The statements that create it as it was. */
  readonly back: readonly string[]
  /** What it needs in the form that it has in the source, by the ids there. */
  readonly needs: readonly ObjectId[]
}

/** Differences whose recreations are known to be possible, and all objects that are created again for them. */
export interface Recreations {
  readonly differences: readonly Difference[]
  readonly recreations: readonly Recreation[]
}

/** Kinds without rows, which their statements restore completely. No other kind is dropped because of another change. */
const RECREATABLE = new Set<ObjectKind>([
  'view',
  'default',
  'trigger',
  'rule',
  'policy',
  'constraint',
  'index',
  'index partition',
  'statistics',
])

/**
 * Finds what must be dropped with each object that is created again: everything that depends on it. If something of that cannot be created
 * again, the change needs a review.
 */
export function recreate(
  differences: readonly Difference[],
  sides: Sides,
  missing: MissingObjects,
): Recreations {
  const wanted = new Set<SchemaObject>()
  const closures: Closure[] = []
  const judged = withObstacles(differences, sides)
  for (const { ids, changes } of judged) {
    for (const { recreates, review } of changes) {
      if (recreates === undefined || review !== undefined) continue
      const objects = closureOf(recreates, sides.target)
      for (const object of objects) wanted.add(object)
      closures.push({ objects, isPure: recreates.every((id) => id === ids.target) })
    }
  }
  const reviewed = new Set(judged.filter(isReviewed).flatMap(({ ids }) => ids.target ?? []))
  const implied = impliedBy(wanted, sides.target)
  const ordered = [...wanted].sort((a, b) => placeOf(a, sides) - placeOf(b, sides))
  const all = new Map(
    ordered.map((object) => [
      object.id,
      recreationOf(
        object,
        { isImplied: implied.has(object), isReviewed: reviewed.has(object.id) },
        sides,
        missing,
      ),
    ]),
  )
  const complete = judged.map((difference) => ({
    ...difference,
    changes: difference.changes.map((change) => withRecreation(change, difference, all)),
  }))
  const joined = closures.map((closure) => ({
    ...closure,
    objects: [...closure.objects, ...closure.objects.flatMap((object) => neededAgain(object, wanted, sides))],
  }))
  const late = groupLate(joined, new Map([...all].map(([id, { statements }]) => [id, statements])))
  const recreations = [...all.values()].map((each) => ({ ...each, late: late.get(each.target) }))
  return { differences: complete, recreations }
}

/** Sends to review the changes for which something had to be dropped that cannot be created again. */
export function withObstacles(differences: readonly Difference[], sides: Sides): Difference[] {
  const reviewed = new Set(differences.filter(isReviewed).map(({ identity }) => identity))
  const isObstacle = (object: SchemaObject) =>
    !RECREATABLE.has(object.kind) ||
    // Views of a circle can only be dropped together.
    sides.target.placeholders.has(object.id) ||
    losesItsKey(object, sides) ||
    losesItsParts(object, sides)
  const contradicts = (object: SchemaObject, closure: readonly SchemaObject[]) => {
    const parent = checkOfParent(object, sides.target)
    return parent !== undefined && closure.includes(parent) && !sides.source.byIdentity.has(object.identity)
  }
  return differences.map((difference) => {
    const lost = lostColumns(difference, sides)
    const isBroken = ({ identity, create, id }: SchemaObject) =>
      lost.size > 0 &&
      id !== difference.ids.target &&
      (reviewed.has(identity) || !sides.source.byIdentity.has(identity)) &&
      create.flatMap(sqlTokens).some((token) => lost.has(token))
    return {
      ...difference,
      changes: difference.changes.map((change) => {
        if (change.recreates === undefined || change.review !== undefined) return change
        const closure = closureOf(change.recreates, sides.target)
        const obstacle = closure.find(
          (object) => isObstacle(object) || isBroken(object) || contradicts(object, closure),
        )
        return obstacle === undefined ? change : toReview(change, difference, obstacle, sides)
      }),
    }
  })
}

/** The columns, as SQL names them, that a view of the target does not have in the source, or has with another type: what stays as it is over them breaks. */
function lostColumns({ ids }: Difference, { source, target }: Sides): ReadonlySet<string> {
  const own = ids.target === undefined ? undefined : target.byId.get(ids.target)?.view
  const other = ids.source === undefined ? undefined : source.byId.get(ids.source)?.view
  if (own === undefined || other === undefined) return new Set()
  const kept = new Map(other.columns.map(({ name, type }) => [name, type]))
  const lost = own.columns.filter(({ name, type }) => kept.get(name) !== type)
  return new Set(lost.map(({ name }) => quoteName(name)))
}

/** Whether an object stays as it is until a review. */
function isReviewed({ kind, changes }: Difference): boolean {
  return (
    kind !== 'table' &&
    changes.some(({ review, what }) => review !== undefined && what.startsWith('is defined differently'))
  )
}

/** Whether a foreign key that only the target has refers to a key that changes. It is unknown whether it would still hold. */
function losesItsKey({ constraint, identity, dependsOn }: SchemaObject, sides: Sides): boolean {
  if (constraint?.kind !== 'foreign key' || sides.source.byIdentity.has(identity)) return false
  return dependsOn.some((id) => {
    const needed = sides.target.byId.get(id)
    const isKey = needed?.kind === 'constraint' || needed?.kind === 'index'
    return needed !== undefined && isKey && isReplaced(needed, sides)
  })
}

/** Whether an index of a partitioned table that only the target has consists of indexes that are others in the source. */
function losesItsParts(object: SchemaObject, { source, target }: Sides): boolean {
  const isOfOther = parentIndexOf(object, target) !== undefined
  return !isOfOther && !source.byIdentity.has(object.identity) && attachmentsTo(object, target).length > 0
}

/** Recreating an object settles all its changes, such as its comment. The change of its definition has the statements. */
function withRecreation(
  change: Change,
  { ids: { target } }: Difference,
  all: ReadonlyMap<ObjectId, Recreation>,
): Change {
  const again = target === undefined || change.review !== undefined ? undefined : all.get(target)
  if (target === undefined || again === undefined) return change
  const statements = change.recreates?.includes(target) === true ? again.statements : {}
  return { ...change, statements, isRecreation: true }
}

/**
 * The objects, and everything that depends on them. Indexes that are attached to each other can only be dropped together, and so can checks of parents and
 * children.
 */
function closureOf(ids: readonly ObjectId[], side: Side): SchemaObject[] {
  const found = new Set<SchemaObject>()
  const open = side.objects.filter(({ id }) => ids.includes(id))
  for (let object = open.pop(); object !== undefined; object = open.pop()) {
    if (found.has(object)) continue
    found.add(object)
    const { child, parent } = attachmentOf(object, side) ?? {}
    open.push(...(side.dependents.get(object.id) ?? []), ...ownChecksOfChildren(object, side))
    if (child !== undefined && parent !== undefined) open.push(child, parent)
  }
  return [...found]
}

/** Other recreated objects that an object needs in the form that it has in the source. */
function neededAgain(
  { identity }: SchemaObject,
  wanted: ReadonlySet<SchemaObject>,
  { source, target }: Sides,
): SchemaObject[] {
  const needed = source.byIdentity.get(identity)?.dependsOn ?? []
  return needed.flatMap((id) => {
    const twin = target.byIdentity.get(source.byId.get(id)?.identity ?? '')
    return twin !== undefined && wanted.has(twin) ? [twin] : []
  })
}

/** Indexes that are dropped together with the index of a partitioned table. */
function impliedBy(wanted: ReadonlySet<SchemaObject>, side: Side): Set<SchemaObject> {
  return new Set([...wanted].flatMap((object) => attachmentOf(object, side)?.child ?? []))
}

function recreationOf(
  object: SchemaObject,
  { isImplied, isReviewed }: { readonly isImplied: boolean; readonly isReviewed: boolean },
  { source, target }: Sides,
  missing: MissingObjects,
): Recreation {
  const { id, identity } = object
  const twin = isReviewed ? undefined : source.byIdentity.get(identity)
  const drop = isImplied ? undefined : dropStatement(object)
  const asBefore = missing.asGiven(object)
  const statements = isReviewed ? { within: asBefore } : againOf(object, twin, { source, target }, missing)
  return {
    identity,
    kind: object.kind,
    of: object.of,
    target: id,
    place: placeOf(object, { source, target }),
    dropPlace: dropPlaceOf(object, target),
    statements: { ...statements, drop: drop === undefined ? [] : [drop] },
    back: asBefore,
    needs: twin?.dependsOn ?? [],
  }
}

/** The position of a target's object in the order of creation. Objects that the source lacks come last. */
function placeOf({ id, identity }: SchemaObject, { source, target }: Sides): number {
  const twin = source.byIdentity.get(identity)
  return twin === undefined
    ? source.places.size + (target.places.get(id) ?? 0)
    : (source.places.get(twin.id) ?? 0)
}

/** An object that only the target has is created as it was, except for settings that fit only the earlier form of an index. */
function againOf(
  object: SchemaObject,
  twin: SchemaObject | undefined,
  sides: Sides,
  missing: MissingObjects,
): Statements {
  if (twin !== undefined) return missing.again(twin, object)
  const { child = object, parent = object } = attachmentOf(object, sides.target) ?? {}
  if (isReplaced(child, sides) || isReplaced(parent, sides)) return {}
  return { within: missing.asGiven(object) }
}

function toReview(
  change: Change,
  { identity }: Difference,
  obstacle: SchemaObject,
  { source }: Sides,
): Change {
  const { recreates: _, statements, ...rest } = change
  const own = source.byIdentity.get(identity)
  const drops = [own, obstacle.constraint?.kind === 'check' ? obstacle : undefined].map(
    (object) => (object && dropStatement(object)) ?? '',
  )
  const again = own === undefined ? [] : [...drops.filter((sql) => sql !== ''), ...own.create]
  const before = obstacle.constraint?.kind === 'foreign key' ? [dropStatement(obstacle) ?? ''] : []
  const within = [...before, ...(statements.within ?? again)]
  return {
    ...rest,
    review: `${obstacle.identity} depends on it, and would have to be dropped`,
    statements: { within },
  }
}
