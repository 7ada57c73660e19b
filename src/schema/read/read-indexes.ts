import { joined } from '../../core/joined.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { type Feature, featureIf, sinceOf } from './features.ts'
import type { ListedIndex } from './list-indexes.ts'
import type { DraftObject, ReadObjects } from './read-context.ts'

/** The indexes that no constraint creates, and the attachments of all indexes that belong to that of a partitioned table. */
export function indexObjects(indexes: readonly ListedIndex[]): ReadObjects {
  const free = indexes.filter(({ constraintId }) => constraintId === undefined)
  return { objects: [...free.map(toIndex), ...indexes.flatMap(toPartition)] }
}

/** The id of the attachment of an index to that of the partitioned table. */
export function indexPartitionId({ id }: ListedIndex): string {
  return `${id}:partition`
}

/** Statements about an index that follow its creation. */
export function alterIndex(index: ListedIndex): string[] {
  const { name, table, isClustered, isReplicaIdentity, statistics } = index
  const own = quoteName(name.name)
  return [
    ...statistics.map(
      ({ position, target }) =>
        `ALTER INDEX ${quoteQualified(name)} ALTER COLUMN ${position} SET STATISTICS ${target}`,
    ),
    ...(isClustered ? [`ALTER TABLE ${quoteQualified(table)} CLUSTER ON ${own}`] : []),
    ...(isReplicaIdentity
      ? [`ALTER TABLE ONLY ${quoteQualified(table)} REPLICA IDENTITY USING INDEX ${own}`]
      : []),
  ]
}

/** Features of an index that older servers lack. */
export function indexFeatures({ areNullsEqual }: ListedIndex): (Feature | undefined)[] {
  return [featureIf(areNullsEqual, 150000, 'NULLS NOT DISTINCT')]
}

function toIndex(index: ListedIndex): DraftObject {
  return {
    id: index.id,
    kind: 'index',
    identity: joined('INDEX ', quoteQualified(index.name)),
    schema: index.name.schema,
    of: index.table,
    section: 'post-data',
    create: [index.definition, ...alterIndex(index)],
    owner: undefined,
    // With a property behind it, V8 would make a hidden class for each object.
    ...sinceOf(indexFeatures(index)),
  }
}

function toPartition(index: ListedIndex): DraftObject[] {
  const { id, name, table, parent, parentId } = index
  if (parent === undefined || parentId === undefined) return []
  return [
    {
      id: indexPartitionId(index),
      kind: 'index partition',
      identity: `INDEX PARTITION ${quoteQualified(name)}`,
      schema: name.schema,
      of: table,
      section: 'post-data',
      create: [`ALTER INDEX ${quoteQualified(parent)} ATTACH PARTITION ${quoteQualified(name)}`],
      owner: undefined,
      dependsOn: [id, parentId],
    },
  ]
}
