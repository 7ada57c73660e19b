import type { TableName } from '../../core/table-name.ts'
import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { Firing, Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Partition, Table } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, MergeMode } from '../inspect/inspection.ts'
import { neighboursOf, readOutside } from '../merge/read-outside.ts'
import { unprovenForeignKeys } from '../merge/unproven-foreign-keys.ts'

/** DDL that a merge needs on a table, and that blocks its readers until COMMIT. */
export interface BlockingMeasure {
  readonly relation: TableName
  /** The object id of the table that the relation belongs to: itself, or its partitioned table. */
  readonly rootOid: number
  /** The obstacle, as the end of a sentence about the relation. */
  readonly reason: string
  readonly before: string
  readonly after: string
}

const ENABLE: Readonly<Record<Firing, string>> = {
  origin: 'ENABLE RULE',
  replica: 'ENABLE REPLICA RULE',
  always: 'ENABLE ALWAYS RULE',
  never: 'DISABLE RULE',
}

/** What a merge will write, and possible obstacles. */
export interface Obstacles {
  readonly tables: readonly Table[]
  readonly mode: MergeMode
  readonly rules: readonly Trigger[]
  /** NOT VALID constraints that rows to be written violate. */
  readonly violated: readonly UnvalidatedConstraint[]
  /** Tables that are not merged, but whose rows the merge reads: see `readOutside`. */
  readonly outside: readonly Partition[]
}

/** The obstacles of a run. Violated constraints are known only after rows have landed. */
export function obstaclesOf(
  inspection: Inspection,
  violated: readonly UnvalidatedConstraint[] = [],
): Obstacles {
  const { pairs, target } = inspection
  const { mode, rules, foreignKeys } = target
  const neighbours = neighboursOf(inspection)
  const tables = pairs.map((pair) => pair.target)
  const unproven = unprovenForeignKeys(inspection)
  const outside = readOutside({ mode, tables, foreignKeys, unprovenForeignKeys: unproven, neighbours })
  return { tables, mode, rules, violated, outside }
}

/** All obstacles to a merge that only DDL under an ACCESS EXCLUSIVE lock can remove. */
export function blockingMeasures(obstacles: Obstacles): BlockingMeasure[] {
  const { tables, mode, rules, outside } = obstacles
  const inRoot = rootsOf(tables)
  const forced = tables.flatMap((table) => table.partitions).filter(isForcedOnOwner)
  const ordinary = mode === 'owner' ? 'origin' : 'replica'
  const acting = rules.filter(({ firing }) => firing === 'always' || firing === ordinary)
  return [
    ...forced.flatMap((partition) => inRoot(partition.oid, (rootOid) => forcedPolicy(partition, rootOid))),
    ...outside.filter(isForcedOnOwner).map(forcedPolicyOutside),
    ...acting.flatMap((rule) => inRoot(rule.relationOid, (rootOid) => ruleMeasure(rule, rootOid))),
    ...constraintMeasures(obstacles),
  ]
}

/** Whether the role owns a table whose rows it may read and write only after `NO FORCE ROW LEVEL SECURITY`. */
export function isForcedOnOwner({ isRowSecurityActive, isRowSecurityForced, isOwner }: Partition): boolean {
  return isRowSecurityActive && isRowSecurityForced && isOwner
}

/** The measures for NOT VALID constraints. In the replica role, foreign keys do not act. */
export function constraintMeasures({
  tables,
  mode,
  violated,
}: Pick<Obstacles, 'tables' | 'mode' | 'violated'>): BlockingMeasure[] {
  const inRoot = rootsOf(tables)
  return violated
    .filter(({ kind }) => kind !== 'foreign key' || mode === 'owner')
    .flatMap((constraint) =>
      inRoot(constraint.relationOid, (rootOid) => constraintMeasure(constraint, rootOid)),
    )
}

/** Calls a function with the object id of the table that a relation is or belongs to, if it is one of these. */
function rootsOf(tables: readonly Table[]): <T>(oid: number, make: (rootOid: number) => T) => T[] {
  const rootByPartition = new Map(
    tables.flatMap((table) => table.partitions.map((partition) => [partition.oid, table.oid] as const)),
  )
  return (oid, make) => {
    const rootOid = rootByPartition.get(oid)
    return rootOid === undefined ? [] : [make(rootOid)]
  }
}

function forcedPolicy({ name }: Partition, rootOid: number): BlockingMeasure {
  return {
    relation: name,
    rootOid,
    reason: 'row-level security is forced on its owner',
    before: `ALTER TABLE ${relation(name)} NO FORCE ROW LEVEL SECURITY`,
    after: `ALTER TABLE ${relation(name)} FORCE ROW LEVEL SECURITY`,
  }
}

function forcedPolicyOutside(partition: Partition): BlockingMeasure {
  return {
    ...forcedPolicy(partition, partition.oid),
    reason: 'row-level security is forced on its owner, and its rows are needed to check a foreign key',
  }
}

function ruleMeasure({ relation: name, name: rule, firing }: Trigger, rootOid: number): BlockingMeasure {
  return {
    relation: name,
    rootOid,
    reason: `rule "${rule}" would change the statements that write`,
    before: `ALTER TABLE ${relation(name)} DISABLE RULE ${identifier(rule)}`,
    after: `ALTER TABLE ${relation(name)} ${ENABLE[firing]} ${identifier(rule)}`,
  }
}

function constraintMeasure(constraint: UnvalidatedConstraint, rootOid: number): BlockingMeasure {
  const { relation: name, definedOn, name: constraintName, kind, definition } = constraint
  return {
    relation: name,
    rootOid,
    reason: `rows to be written violate the NOT VALID ${kind === 'not null' ? 'NOT NULL' : kind} constraint "${constraintName}"`,
    before: `ALTER TABLE ${relation(definedOn)} DROP CONSTRAINT ${identifier(constraintName)}`,
    after: `ALTER TABLE ${relation(definedOn)} ADD CONSTRAINT ${identifier(constraintName)} ${definition}`,
  }
}
