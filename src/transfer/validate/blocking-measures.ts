import type { TableName } from '../../core/table-name.ts'
import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { Firing, Trigger } from '../../postgres/catalog/read-triggers.ts'
import type { Member, Table } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, MergeMode } from '../inspection.ts'

/** DDL that a merge needs on a table and that blocks its readers until COMMIT. */
export interface BlockingMeasure {
  readonly relation: TableName
  /** The object id of the pair's target table. */
  readonly rootOid: number
  /** What stands in the way, as the end of a sentence about the relation. */
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

/** What a merge is to write, and what may stand in its way. */
export interface Obstacles {
  readonly tables: readonly Table[]
  readonly mode: MergeMode
  readonly rules: readonly Trigger[]
  /** NOT VALID constraints that rows to be written violate. */
  readonly violated: readonly UnvalidatedConstraint[]
}

/** The obstacles of a run. What rows violate is known once they have landed. */
export function obstaclesOf(
  { pairs, target }: Inspection,
  violated: readonly UnvalidatedConstraint[] = [],
): Obstacles {
  return { tables: pairs.map((pair) => pair.target), mode: target.mode, rules: target.rules, violated }
}

/** Everything in the way of a merge that only DDL under an ACCESS EXCLUSIVE lock can move. */
export function blockingMeasures({ tables, mode, rules, violated }: Obstacles): BlockingMeasure[] {
  const inRoot = rootsOf(tables)
  const forced = tables
    .flatMap((table) => table.members)
    .filter((member) => member.isRowSecurityActive && member.isRowSecurityForced && member.isOwner)
  const acting = rules.filter(({ firing }) => firing === 'always' || firing === ordinary(mode))
  return [
    ...forced.flatMap((member) => inRoot(member.oid, (rootOid) => forcedPolicy(member, rootOid))),
    ...acting.flatMap((rule) => inRoot(rule.relationOid, (rootOid) => ruleMeasure(rule, rootOid))),
    ...constraintMeasures({ tables, mode, violated }),
  ]
}

/** Those of them that are about NOT VALID constraints: in the replica role, foreign keys do not act. */
export function constraintMeasures({
  tables,
  mode,
  violated,
}: Pick<Obstacles, 'tables' | 'mode' | 'violated'>): BlockingMeasure[] {
  const inRoot = rootsOf(tables)
  return violated
    .filter(({ kind }) => kind === 'check' || mode === 'owner')
    .flatMap((constraint) =>
      inRoot(constraint.relationOid, (rootOid) => constraintMeasure(constraint, rootOid)),
    )
}

/** Makes something with the object id of the table that a relation is a member of, if it is one of these. */
function rootsOf(tables: readonly Table[]): <T>(oid: number, make: (rootOid: number) => T) => T[] {
  const rootByMember = new Map(
    tables.flatMap((table) => table.members.map((member) => [member.oid, table.oid] as const)),
  )
  return (oid, make) => {
    const rootOid = rootByMember.get(oid)
    return rootOid === undefined ? [] : [make(rootOid)]
  }
}

function ordinary(mode: MergeMode): Firing {
  return mode === 'owner' ? 'origin' : 'replica'
}

function forcedPolicy({ name }: Member, rootOid: number): BlockingMeasure {
  return {
    relation: name,
    rootOid,
    reason: 'row-level security is forced on its owner',
    before: `ALTER TABLE ${relation(name)} NO FORCE ROW LEVEL SECURITY`,
    after: `ALTER TABLE ${relation(name)} FORCE ROW LEVEL SECURITY`,
  }
}

function ruleMeasure({ relation: name, name: rule, firing }: Trigger, rootOid: number): BlockingMeasure {
  return {
    relation: name,
    rootOid,
    reason: `rule "${rule}" would rewrite the writes`,
    before: `ALTER TABLE ${relation(name)} DISABLE RULE ${identifier(rule)}`,
    after: `ALTER TABLE ${relation(name)} ${ENABLE[firing]} ${identifier(rule)}`,
  }
}

function constraintMeasure(constraint: UnvalidatedConstraint, rootOid: number): BlockingMeasure {
  const { relation: name, name: constraintName, kind, definition } = constraint
  return {
    relation: name,
    rootOid,
    reason: `rows of the source violate the NOT VALID ${kind} constraint "${constraintName}"`,
    before: `ALTER TABLE ${relation(name)} DROP CONSTRAINT ${identifier(constraintName)}`,
    after: `ALTER TABLE ${relation(name)} ADD CONSTRAINT ${identifier(constraintName)} ${definition}`,
  }
}
