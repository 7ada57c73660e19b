import { countOf } from '../../core/count-of.ts'
import { type ReadonlyTableMap, type ReadonlyTableSet, TableMap, TableSet } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { DiffOptions } from '../../schema/diff/compare-object.ts'
import { compareSchemas, type SchemaDiff } from '../../schema/diff/compare-schemas.ts'
import { pluralOf } from '../../schema/diff/describe-more.ts'
import type { Difference } from '../../schema/diff/difference.ts'
import { isSafe, type SafeSteps, safeSteps } from '../../schema/diff/safe-statements.ts'
import type { DatabaseSchema } from '../../schema/schema-object.ts'
import type { CreatedCounts } from '../../state/created-objects.ts'
import type { FollowedChange } from '../run-plan.ts'

/** The changes that a run makes in existing tables of the target, because they lose nothing. */
export interface PlannedFollow {
  readonly differences: readonly Difference[]
  /** Differences that need a review first, and stay. */
  readonly reviewed: ReadonlySet<string>
  /** Functions that differ, and why they are not replaced without a review. */
  readonly keptFunctions: readonly { readonly identity: string; readonly review: string }[]
  readonly recreations: SchemaDiff['recreations']
  /** The partitioned tables that get new partitions. */
  readonly partitioned: ReadonlyTableSet
  readonly steps: SafeSteps
  readonly changes: readonly FollowedChange[]
}

/** Finds the changes that `mbsync schema diff` calls safe, in tables that both sides have and in what these need. */
export function planFollow(
  source: DatabaseSchema,
  target: DatabaseSchema,
  tables: readonly TableName[],
  options: DiffOptions,
): PlannedFollow {
  const wanted = withPartitions(tables, [source, target])
  const known = new TableSet(target.objects.flatMap(({ table }) => (table === undefined ? [] : table.name)))
  const isOfKnown = (name: TableName) => known.has(name) || isPartitionOfKnown(name, source, known)
  const diff = compareSchemas(source, target, options, (name) => wanted.has(name) && isOfKnown(name))
  return ofDiff(diff.differences, diff.recreations, parentsOf(source))
}

/** The same plan, without objects that the run creates beforehand. */
export function withoutCreated(
  follow: PlannedFollow,
  source: DatabaseSchema,
  created: ReadonlySet<string>,
): PlannedFollow {
  const left = follow.differences.filter(({ identity }) => !created.has(identity))
  const { reviewed, keptFunctions } = follow
  return { ...ofDiff(left, follow.recreations, parentsOf(source)), reviewed, keptFunctions }
}

/** The partitioned table of each partition. */
function parentsOf({ objects }: DatabaseSchema): ReadonlyTableMap<TableName> {
  return new TableMap(
    objects.flatMap(({ table }) =>
      table?.partitionOf === undefined ? [] : [[table.name, table.partitionOf.parent]],
    ),
  )
}

/** Whether there is nothing to change. */
export function followsNothing({ steps: { before, within, replaced, after } }: PlannedFollow): boolean {
  return before.length + within.length + replaced.length + after.length === 0
}

/** How many changes of each kind there are, largest first. */
export function countTopics(changes: readonly FollowedChange[]): CreatedCounts {
  const counts = new Map<string, number>()
  for (const { topic } of changes) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}

/** As text: `2 columns, 1 index`. */
export function describeTopics(counts: CreatedCounts): string {
  return counts.map(([topic, count]) => countOf(count, topic, pluralOf(topic))).join(', ')
}

function ofDiff(
  differences: readonly Difference[],
  recreations: SchemaDiff['recreations'],
  parents: ReadonlyTableMap<TableName>,
): PlannedFollow {
  const safe = differences
    .map((difference) => ({ ...difference, changes: difference.changes.filter(isSafe) }))
    .filter(({ changes }) => changes.length > 0)
  const reviewed = differences.filter(({ changes }) => !changes.every(isSafe))
  return {
    differences: safe,
    reviewed: new Set(reviewed.map(({ identity }) => identity)),
    keptFunctions: reviewed.flatMap(({ kind, identity, ids, changes }) =>
      kind === 'function' && ids.source !== undefined && ids.target !== undefined
        ? changes.flatMap(({ topic, review }) =>
            topic === 'function' && review !== undefined ? [{ identity, review }] : [],
          )
        : [],
    ),
    recreations,
    partitioned: new TableSet(
      safe.flatMap(({ kind, ids, of }) =>
        kind === 'table' && ids.target === undefined && of !== undefined ? (parents.get(of) ?? []) : [],
      ),
    ),
    steps: safeSteps({ differences: safe, recreations, notes: [] }),
    changes: safe.flatMap(({ identity, changes }) =>
      changes.filter(({ part }) => part === undefined).map(({ topic, what }) => ({ topic, identity, what })),
    ),
  }
}

function withPartitions(tables: readonly TableName[], schemas: readonly DatabaseSchema[]): TableSet {
  const found = new TableSet(tables)
  const all = schemas.flatMap(({ objects }) => objects.flatMap(({ table }) => table ?? []))
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const { name, partitionOf } of all)
      if (partitionOf !== undefined && found.has(partitionOf.parent)) found.add(name)
  }
  return found
}

/** A new partition is part of an existing table. */
function isPartitionOfKnown(name: TableName, source: DatabaseSchema, known: ReadonlyTableSet): boolean {
  const { partitionOf } =
    source.objects.find(({ table }) => table !== undefined && isSameTable(table.name, name))?.table ?? {}
  if (partitionOf === undefined) return false
  return known.has(partitionOf.parent) || isPartitionOfKnown(partitionOf.parent, source, known)
}
