import { RefusedError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import { groupByTable, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { listIndexNames, listRelations, withIndexes } from '../../postgres/catalog/list-relations.ts'
import type { Session } from '../../postgres/session.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import type { CreatedCounts } from '../../state/created-objects.ts'
import { type SkippedTable, sourceWithout } from '../../transfer/inspect/drift.ts'
import type { NewView } from '../../transfer/merge/finish.ts'
import type { RowSource } from '../../transfer/source/row-source.ts'
import { compareFindings } from '../../transfer/validate/validate.ts'
import { estimatesOf } from '../describe-planned-table.ts'
import type { PlannedFollow } from '../follow/plan-follow.ts'
import type { Strategy } from '../load/choose-strategy.ts'
import type { Origin } from '../origin.ts'
import { refuseFindings } from '../refuse-findings.ts'
import type { PlannedTable, RunPlan } from '../run-plan.ts'
import type { OpenRun } from '../with-run.ts'
import { comesLast, createObjects } from './create-objects.ts'
import type { CreationScope } from './decide-scope.ts'
import { countKinds } from './describe-created.ts'
import { type CreationRequest, type PlannedCreation, planCreation } from './plan-creation.ts'

/** What a run is asked to create, and for whom. */
export interface CreationWish extends Pick<CreationRequest, 'rules' | 'options'> {
  readonly scope: CreationScope
  readonly origin: Origin
  /** Whether the run also plans the differences of existing tables. */
  readonly follows: boolean
  /** What a run without success has left, by id. The next run drops it first. */
  readonly leftovers?: ReadonlySet<string>
}

/** What a run has created, and what it will create when it commits. */
export interface Creation {
  readonly counts: CreatedCounts
  /** The materialized views that are filled once the rows exist, in order. */
  readonly views: readonly NewView[]
  readonly last: readonly CreatableObject[]
  readonly notes: readonly Finding[]
  readonly skipped: readonly SkippedTable[]
  readonly follow: PlannedFollow | undefined
}

/** Creates what the run needs and the target lacks. If the run fails, these objects are dropped when it is closed. */
export async function createMissing(
  run: OpenRun,
  source: RowSource,
  wish: CreationWish,
): Promise<Creation | undefined> {
  const { coordinator, context } = run
  const planned = await planMissing(coordinator, source, wish)
  if (planned === undefined) return undefined
  const { objects, altered, findings, skipped, follow } = planned
  refuseFindings(findings, wish.origin.rehearsal)
  if (objects.length > 0) context.report({ type: 'phase', phase: 'create' })
  const first = objects.filter((object) => !comesLast(object))
  await createObjects(run, first, wish.rules)
  const isGiven = wish.rules.owner === 'source'
  const views = objects
    .filter(({ isPopulated }) => isPopulated === true)
    .map(({ identity, owner }) => ({ identity, owner: isGiven ? owner : undefined }))
  return {
    counts: countKinds(objects),
    views,
    last: [...altered, ...objects.filter(comesLast)],
    notes: findings,
    skipped,
    follow,
  }
}

/**
 * What the run needs and the target lacks; undefined for nothing, which can be seen without reading a schema. Changes nothing.
 * @throws RefusedError if the source has no schema to create it from
 */
export async function planMissing(
  session: Session,
  source: RowSource,
  { scope, origin, rules, options, follows, leftovers = new Set() }: CreationWish,
): Promise<PlannedCreation | undefined> {
  const there = (await listRelations(session)).filter(({ oid }) => !leftovers.has(`pg_class:${oid}`))
  const known = new TableSet(withIndexes(there, await listIndexNames(session)).map(({ name }) => name))
  const tables = source.catalog.tables.map(({ name }) => name)
  const isFollowed = follows && scope === 'missing tables' && origin.readDetails !== undefined
  const partitions = source.catalog.tables.flatMap((table) => table.partitions?.map(({ name }) => name) ?? [])
  const isComplete = [...tables, ...partitions].every((name) => known.has(name))
  if (scope === 'missing tables' && !isFollowed && isComplete) return undefined
  const followed = isFollowed ? await origin.readDetails?.(source) : undefined
  const schema = followed ?? (await origin.readSchema(source))
  if (schema === undefined) {
    throw new RefusedError(`${origin.name} has no schema that tables could be created from`, {
      hint: 'It was written by an earlier version of mbsync: create the tables with your migrations, or export it again.',
    })
  }
  return planCreation(session, { scope, source: schema, tables, rules, options, followed, leftovers })
}

/** The tables and sequences that the run creates. The target cannot be compared with the source in these. */
export function createdNames({ objects }: PlannedCreation): TableName[] {
  return objects.flatMap(({ table, sequence }) => table?.name ?? sequence?.name ?? [])
}

/** The source, as if these tables had not been selected. */
export function withoutTables<S extends RowSource>(source: S, names: readonly TableName[]): S {
  return names.length === 0 ? source : { ...source, catalog: sourceWithout(source.catalog, names) }
}

/** Adds the tables that the run creates and fills to a plan for the existing tables. */
export function planWith(
  plan: RunPlan,
  { objects, findings, skipped, follow }: PlannedCreation,
  filled: readonly PlannedTable[],
): RunPlan {
  return {
    ...plan,
    findings: [...plan.findings, ...findings].sort(compareFindings),
    creates: objects
      .filter(({ placeholderOf }) => placeholderOf === undefined)
      .map(({ kind, identity }) => ({ kind, identity })),
    follows: follow?.changes ?? [],
    skipped: [...plan.skipped, ...skipped],
    tables: [...plan.tables, ...filled].sort((a, b) => b.estimatedBytes - a.estimatedBytes),
  }
}

/** The tables that a run creates and fills, as a plan shows them. */
export function planFilling(
  source: RowSource,
  created: readonly TableName[],
  jobs: number,
  { kind }: Strategy,
): PlannedTable[] {
  const names = new TableSet(created)
  const tables = source.catalog.tables.filter(({ name }) => names.has(name))
  const parts = groupByTable(
    source.planParts(
      tables.map(({ name }) => name),
      jobs,
    ),
    ({ table }) => table,
  )
  return tables.map(({ name, keyColumns }) => {
    const own = parts.get(name) ?? []
    return {
      table: name,
      read: { kind: 'full', reason: 'created by this run' },
      write:
        kind === 'merge' ? { kind, by: keyColumns === undefined ? 'multiset' : 'key' } : { kind: 'load' },
      parts: own.length,
      ...estimatesOf(own),
    }
  })
}
