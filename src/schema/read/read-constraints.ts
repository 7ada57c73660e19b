import { groupBy } from '../../core/group-by.ts'
import { joined } from '../../core/joined.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { writeOptions } from '../write-options.ts'
import { type Feature, featureIf, sinceOf } from './features.ts'
import { isCreatedWithTable, type ListedConstraint } from './list-constraints.ts'
import type { ListedIndex } from './list-indexes.ts'
import type { DraftObject, DraftPart, ReadContext, ReadObjects } from './read-context.ts'
import { alterIndex, indexFeatures, indexPartitionId } from './read-indexes.ts'

/** The constraints that are separate objects, except those that a parent's constraint creates. */
export function constraintObjects(
  constraints: readonly ListedConstraint[],
  indexes: readonly ListedIndex[],
  context: ReadContext,
): ReadObjects {
  const byId = new Map(indexes.map((index) => [index.id, index]))
  const partitions = groupBy(indexes, ({ parentId }) => parentId)
  const own = constraints.filter((constraint) => isOwn(constraint, context))
  return {
    objects: own.map((constraint) => {
      const index = constraint.indexId === undefined ? undefined : byId.get(constraint.indexId)
      if (constraint.kind === 'foreign key') return toForeignKey(constraint, index, partitions)
      return index === undefined ? toCheck(constraint) : toKey(constraint, index)
    }),
  }
}

function isOwn(constraint: ListedConstraint, context: ReadContext): boolean {
  const { kind, tableId, isLocal, isValid, isOfParent } = constraint
  if (context.dependencies.extensionOf(tableId) !== undefined) return false
  if (kind === 'foreign key') return !isOfParent
  if (kind === 'not null') return isLocal && !isValid
  if (kind === 'check') return isLocal && !isCreatedWithTable(constraint, context)
  return true
}

function toObject(
  constraint: ListedConstraint,
  only: string,
  definition: string,
  index?: ListedIndex,
): DraftObject {
  const { id, name, table } = constraint
  return {
    id,
    kind: 'constraint',
    identity: joined('CONSTRAINT ', quoteName(name), ' ON ', quoteQualified(table)),
    schema: table.schema,
    of: table,
    section: 'post-data',
    create: [
      joined(
        `ALTER TABLE ${only}`,
        quoteQualified(table),
        '\n    ADD CONSTRAINT ',
        quoteName(name),
        ` ${definition}`,
      ),
      ...(index === undefined ? [] : alterIndex(index)),
    ],
    owner: undefined,
    parts:
      index === undefined
        ? NO_PARTS
        : [{ id: index.id, identity: joined('INDEX ', quoteQualified(index.name)) }],
    constraint: { kind: constraint.kind, isValid: constraint.isValid, isEnforced: constraint.isEnforced },
    // With a property behind it, V8 would make a hidden class for each object.
    ...sinceOf([...features(constraint), ...(index === undefined ? [] : indexFeatures(index))]),
  }
}

const NO_PARTS: readonly DraftPart[] = []

function features(constraint: ListedConstraint): (Feature | undefined)[] {
  const { kind, isEnforced, isValid, hasPeriod, hasDeleteColumns, isTablePartitioned } = constraint
  const isUncheckedKey = kind === 'foreign key' && isTablePartitioned && !isValid
  return [
    featureIf(!isEnforced, 180000, 'NOT ENFORCED'),
    featureIf(hasPeriod, 180000, 'WITHOUT OVERLAPS and PERIOD'),
    featureIf(kind === 'not null', 180000, 'NOT NULL … NOT VALID'),
    featureIf(isUncheckedKey, 180000, 'NOT VALID foreign keys of partitioned tables'),
    featureIf(hasDeleteColumns, 150000, 'ON DELETE SET … (columns)'),
  ]
}

/**
 * A check that all rows meet is created before them, except that of a partitioned table, which all partitions get once they are attached.
 */
function toCheck(constraint: ListedConstraint): DraftObject {
  const { definition, isValid, isEnforced, isTablePartitioned } = constraint
  const object = toObject(constraint, '', definition)
  return isValid && isEnforced && !isTablePartitioned ? { ...object, section: 'pre-data' } : object
}

/** The index of a partitioned table consists of those of its partitions, which are attached to it. */
function toKey(constraint: ListedConstraint, index: ListedIndex): DraftObject {
  return toObject(constraint, 'ONLY ', withOptions(constraint, index), index)
}

/** For an exclusion constraint, the server writes them itself. */
function withOptions({ kind, definition }: ListedConstraint, { options }: ListedIndex): string {
  if (options.length === 0 || kind === 'exclusion') return definition
  const [deferrable = ''] = / DEFERRABLE( INITIALLY DEFERRED)?$/.exec(definition) ?? []
  const end = definition.length - deferrable.length
  return `${definition.slice(0, end)} WITH (${writeOptions(options)})${deferrable}`
}

function toForeignKey(
  constraint: ListedConstraint,
  index: ListedIndex | undefined,
  partitions: ReadonlyMap<string | undefined, readonly ListedIndex[]>,
): DraftObject {
  const only = constraint.isTablePartitioned ? '' : 'ONLY '
  const dependsOn = index === undefined ? [] : attachments(index.id, partitions)
  return { ...toObject(constraint, only, constraint.definition), dependsOn }
}

/** The key of a partitioned table can be referred to once the keys of all partitions are attached to it. */
function attachments(
  id: string,
  partitions: ReadonlyMap<string | undefined, readonly ListedIndex[]>,
): string[] {
  const attached = partitions.get(id) ?? []
  return attached.flatMap((index) => [indexPartitionId(index), ...attachments(index.id, partitions)])
}
