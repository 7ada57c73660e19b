import { isSameTable, type TableName } from '../../core/table-name.ts'
import { isSameSql } from '../exact-sql.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import { statementsOf } from '../write-script.ts'
import { attachmentOf, attachmentsTo, isOfSameTable, isReplaced, parentIndexOf } from './attached-indexes.ts'
import { review, safe } from './changes.ts'
import { differingParent, findStrangers, withAncestors } from './changes-of-children.ts'
import { keyOfRule, validate } from './compare-definition.ts'
import { type DiffOptions, topicOf } from './compare-object.ts'
import { compareOwnership } from './compare-sequence.ts'
import { allStatements, type Change, type Statements } from './difference.ts'
import { isCloned } from './drop-statement.ts'
import { relationName } from './index-names.ts'
import { indexOwnPartitions } from './index-own-partitions.ts'
import { nameWithin } from './name-within.ts'
import { byDefaultAtEnd, relationOf, type Side, type Sides, withDescendants } from './sides.ts'

/** Objects that the source has and the target lacks, in the order of creation. */
export class MissingObjects {
  readonly #sides: Sides
  readonly #options: DiffOptions
  readonly #taken: ReturnType<typeof takenNames>
  readonly #strangers: ReturnType<typeof findStrangers>
  /** Objects of the source that are created after the transaction, because rows of the target may violate them. */
  readonly #late = new Set<ObjectId>()
  /** Objects of the source that need a review first, and why. */
  readonly #reviewed = new Map<ObjectId, string>()

  constructor(sides: Sides, options: DiffOptions) {
    this.#sides = sides
    this.#options = options
    this.#taken = takenNames(sides.target)
    this.#strangers = findStrangers(sides)
  }

  /** The change that creates an object. */
  create(object: SchemaObject): Change {
    const topic = topicOf(object)
    const what = 'is missing'
    const reason = this.#reasonAgainst(object)
    const byDefault = this.#isLate(object) ? byDefaultAtEnd(this.#sides) : this.#sides.target.byDefault
    const all = statementsOf(object, { ...this.#options, byDefault })
    const facts = { isAboutRows: ABOUT_ROWS.has(object.kind), ...this.#keyOf(object) }
    if (reason === undefined) return safe(topic, what, this.#statements(object, all), facts)
    this.#reviewed.set(object.id, object.identity)
    return review(topic, what, reason, this.#newerFeature(object) === undefined ? all : [], facts)
  }

  /** The statements that create an object as in the source after the target's was dropped. It keeps its owner and privileges. */
  again(source: SchemaObject, target: SchemaObject): Statements {
    const { owner, grants } = this.#options
    const object = {
      ...source,
      owner: owner === 'source' ? source.owner : target.owner,
      grants: grants === 'source' ? source.grants : target.grants,
    }
    const isSame = isSameSql(source.create[0], target.create[0])
    return this.#statements(object, this.asGiven(object), isSame)
  }

  /** The statements that create an object again, with the owner and the privileges that it has. */
  asGiven(object: SchemaObject): string[] {
    return statementsOf(object, { owner: 'source', grants: 'source', byDefault: byDefaultAtEnd(this.#sides) })
  }

  /** Statements that need something from after the transaction are executed there, too. */
  inTime(object: SchemaObject, statements: Statements): Statements {
    const { within = [], after = [], ...rest } = statements
    return this.#isLate(object) ? { ...rest, after: [...within, ...after] } : statements
  }

  /** A change needs a review if the target cannot make it, or its statements name something that needs one. Call it when all objects have been compared. */
  withObstacles(object: SchemaObject, change: Change): Change {
    if (change.review !== undefined) return change
    const impossible = change.what.startsWith('is defined differently')
      ? this.#newerFeature(object)
      : undefined
    if (impossible !== undefined) return { ...change, review: impossible, statements: {} }
    if (this.#reviewed.size === 0) return change
    const { ownedBy } = object.sequence ?? {}
    const owner = ownedBy === undefined ? undefined : this.#sides.source.relations.get(ownedBy.table)?.id
    const text = allStatements(change.statements).join('\n')
    const ids = owner === undefined ? object.dependsOn : [...object.dependsOn, owner]
    const reason = this.#reviewedOf(
      ids.filter((id) => text.includes(nameWithin(this.#reviewed.get(id) ?? ''))),
    )
    return reason === undefined ? change : { ...change, review: reason }
  }

  #reviewedOf(ids: readonly ObjectId[]): string | undefined {
    const needed = ids.map((id) => this.#reviewed.get(id)).find((identity) => identity !== undefined)
    return needed === undefined ? undefined : `it needs ${needed}, which is not created without a review`
  }

  #isLate({ dependsOn }: SchemaObject): boolean {
    return dependsOn.some((id) => this.#late.has(id))
  }

  /** The table that a table is a partition of in the target, but not in the source. What it is given there would stand in the way. */
  #ofOther(name: TableName): TableName | undefined {
    const [to, from] = [this.#sides.source, this.#sides.target].map(
      ({ relations }) => relations.get(name)?.table?.partitionOf?.parent,
    )
    return from !== undefined && (to === undefined || !isSameTable(to, from)) ? from : undefined
  }

  /** The partitioned table that only in the target gives its constraint or trigger of the same name to the table. */
  #giverOf({ kind, constraint, of, identity }: SchemaObject): TableName | undefined {
    const { source, target } = this.#sides
    const partitionOf = of === undefined ? undefined : target.relations.get(of)?.table?.partitionOf
    const isGiven = kind === 'trigger' || (constraint !== undefined && GIVEN.has(constraint.kind))
    if (of === undefined || partitionOf === undefined || !isGiven) return undefined
    const own = withAncestors(of, source)
    const start = identity.slice(0, -quoteQualified(of).length)
    return withAncestors(partitionOf.parent, target).find(
      (name) =>
        source.byIdentity.has(`${start}${quoteQualified(name)}`) &&
        !own.some((other) => isSameTable(other, name)),
    )
  }

  #newerFeature({ since }: SchemaObject): string | undefined {
    const isNewer = since !== undefined && since.version > this.#sides.target.serverVersion
    return isNewer ? `the version of the target cannot have ${since.feature}` : undefined
  }

  #reasonAgainst(object: SchemaObject): string | undefined {
    const { superuserReason, dependsOn, table } = object
    const impossible = this.#newerFeature(object)
    if (impossible !== undefined) return impossible
    if (superuserReason !== undefined) return superuserReason
    const parent = table === undefined ? undefined : differingParent(table, this.#sides, this.#strangers)
    if (parent !== undefined) return `it has its columns from ${quoteQualified(parent.name)}, which differs`
    const other = table?.partitionOf === undefined ? undefined : this.#ofOther(table.partitionOf.parent)
    if (other !== undefined) return `its table is a partition of ${quoteQualified(other)} only in the target`
    if (isOfPartition(object) && !isAttached(object, this.#sides))
      return 'the table is not yet that partition in the target'
    const giver = this.#giverOf(object)
    if (giver !== undefined)
      return `in the target, its table gets one of that name from ${quoteQualified(giver)}`
    const below = rivalBelow(object, this.#sides)
    if (below !== undefined) return `the target has ${below.identity}, where it would be created, too`
    const name = exclusiveName(object)
    const holder = name === undefined ? undefined : this.#taken.get(name)
    if (holder !== undefined && holder.identity !== object.identity && object.kind !== 'index partition')
      return `the target uses its name for ${holder.identity}`
    const rival = rivalOf(object, this.#sides)
    if (rival !== undefined) return `the target has ${rival.identity} attached in its place`
    const otherIndex = holderOf(object, this.#sides)
    if (otherIndex !== undefined)
      return `indexes of its partitions belong to ${otherIndex.identity} in the target`
    return this.#reviewedOf(dependsOn)
  }

  #keyOf(object: SchemaObject): Pick<Change, 'key'> {
    if (object.constraint?.kind !== 'check') return {}
    return { key: keyOfRule(object) }
  }

  #statements(object: SchemaObject, own: readonly string[], isAgain = false): Statements {
    const all = [...own, ...indexOwnPartitions(object, this.#sides)]
    const refresh = object.isPopulated === true ? [`REFRESH ${object.identity}`] : []
    const isOfFilled = hasRows(object, this.#sides.target)
    const isDemanding = isOfFilled && !isAgain && DEMANDING.has(topicOf(object))
    if (isDemanding || this.#isLate(object)) {
      this.#late.add(object.id)
      return { after: [...all, ...refresh] }
    }
    if (isOfFilled && canWait(object, this.#sides)) {
      const [add = '', ...rest] = all
      return { within: [`${add} NOT VALID`, ...rest], after: [validate(object)] }
    }
    return { within: all, after: refresh }
  }
}

/** Missing objects that a run reports itself. */
const ABOUT_ROWS = new Set<SchemaObject['kind']>(['table', 'sequence', 'extension'])

/** Objects that rows of the target may violate, and that cannot exist without checking all of them. */
const DEMANDING = new Set(['primary key', 'unique constraint', 'exclusion constraint', 'unique index'])

/** The kinds of constraints that partitions have under the name that their table has given them. */
const GIVEN = new Set(['check', 'foreign key', 'not null'])

/** Whether a partition gets the object from its partitioned table. */
function isOfPartition(object: SchemaObject): boolean {
  return object.kind === 'index partition' || (object.kind === 'trigger' && isCloned(object))
}

/** The index that is attached in the target, if it stays, although another one should be. */
function rivalOf(object: SchemaObject, sides: Sides): SchemaObject | undefined {
  const { parent } = attachmentOf(object, sides.source) ?? {}
  const own = parent === undefined ? undefined : sides.target.byIdentity.get(parent.identity)
  if (own === undefined || isReplaced(own, sides)) return undefined
  return attachmentsTo(own, sides.target).find((each) => isOfSameTable(each.object, object))?.child
}

/** A trigger or check of a child of the target that has the name of this one, which the child would get as well. */
function rivalBelow(object: SchemaObject, { source, target }: Sides): SchemaObject | undefined {
  const { kind, constraint, of, identity } = object
  const table = of === undefined ? undefined : target.relations.get(of)
  if (of === undefined || table === undefined || (kind !== 'trigger' && constraint?.kind !== 'check'))
    return undefined
  const start = identity.slice(0, -quoteQualified(of).length)
  return withDescendants(table, target)
    .flatMap((child) => (child === table ? [] : (relationOf(child) ?? [])))
    .flatMap((name) => target.byIdentity.get(`${start}${quoteQualified(name)}`) ?? [])
    .find((other) =>
      kind === 'trigger'
        ? target.relations.get(other.of ?? of)?.table?.partitionOf !== undefined && !isCloned(other)
        : !source.byIdentity.has(other.identity) && !isSameSql(keyOfRule(other), keyOfRule(object)),
    )
}

/** The index of a partitioned table of the target that has the indexes which belong to this one in the source: it would stay invalid without them. */
function holderOf(object: SchemaObject, { source, target }: Sides): SchemaObject | undefined {
  return attachmentsTo(object, source)
    .flatMap(({ child }) => target.byIdentity.get(child.identity) ?? [])
    .flatMap((twin) => parentIndexOf(twin, target) ?? [])
    .find((parent) => !isReplaced(parent, { source, target }))
}

/** A new table is attached before its indexes. */
function isAttached({ of }: SchemaObject, { source, target }: Sides): boolean {
  const [to, from] = [source, target].map(({ relations }) =>
    of === undefined ? undefined : relations.get(of)?.table,
  )
  if (from === undefined) return true
  return (
    from.partitionOf !== undefined &&
    to?.partitionOf !== undefined &&
    isSameTable(from.partitionOf.parent, to.partitionOf.parent)
  )
}

function hasRows({ of }: SchemaObject, { relations }: Side): boolean {
  return of !== undefined && relations.get(of)?.table !== undefined
}

/** Whether a constraint can exist before all rows have been checked. */
function canWait({ constraint, of }: SchemaObject, { target }: Sides): boolean {
  if (constraint === undefined || !constraint.isValid || !constraint.isEnforced) return false
  if (constraint.kind === 'check') return true
  const isPartitioned = of !== undefined && target.relations.get(of)?.table?.partitionKey !== undefined
  return constraint.kind === 'foreign key' && !isPartitioned
}

/** The sequence of an existing column is given to it once the table is as in the source. */
export function ownershipOf({ sequence }: SchemaObject, sides: Sides, { owner }: DiffOptions): Change[] {
  if (sequence?.ownedBy === undefined || !sides.target.relations.has(sequence.ownedBy.table)) return []
  return compareOwnership(sequence, undefined, sides, owner)
}

/** The objects of a side, by names that must be unique. */
function takenNames({ objects }: Side): ReadonlyMap<string, SchemaObject> {
  return new Map(
    objects.flatMap((object) => {
      const name = object.kind === 'index partition' ? undefined : exclusiveName(object)
      return name === undefined ? [] : [[name, object]]
    }),
  )
}

/** Relations, indexes and types share one set of names. So do functions of all kinds with the same arguments. */
function exclusiveName(object: SchemaObject): string | undefined {
  const { kind, identity } = object
  if (kind === 'function' || kind === 'aggregate') return identity.replace(/^[A-Z]+ /, 'ROUTINE ')
  if (kind === 'type' || kind === 'domain') return identity.replace(/^[A-Z]+ /, '')
  return relationName(object)
}
