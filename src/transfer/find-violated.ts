import type { UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import { readForeignKeys } from '../postgres/catalog/read-foreign-keys.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { orphanCondition } from './orphans.ts'

/**
 * Finds those of a database's NOT VALID constraints that some row violates, as far as the role may read the rows.
 * @param rows the SQL of a relation with the rows to look at, in place of the constraint's own
 */
export async function findViolated(
  session: Session,
  unvalidated: readonly UnvalidatedConstraint[],
  rows?: string,
): Promise<UnvalidatedConstraint[]> {
  const violated: UnvalidatedConstraint[] = []
  for (const constraint of unvalidated)
    if (await hasViolatingRow(session, constraint, rows ?? relation(constraint.relation)))
      violated.push(constraint)
  return violated
}

async function hasViolatingRow(
  session: Session,
  constraint: UnvalidatedConstraint,
  rows: string,
): Promise<boolean> {
  const condition =
    constraint.kind === 'check'
      ? `NOT (${constraint.condition})`
      : await foreignKeyViolation(session, constraint)
  if (condition === undefined || !(await canRead(session, constraint.relationOid))) return false
  const { violated } = await session.queryOne<{ violated: boolean }>(
    `SELECT EXISTS (SELECT FROM ${rows} AS child WHERE ${condition}) AS violated`,
  )
  return violated
}

async function foreignKeyViolation(
  session: Session,
  constraint: UnvalidatedConstraint,
): Promise<string | undefined> {
  const keys = await readForeignKeys(session, [constraint.relationOid])
  const key = keys.find(
    ({ name, childOid }) => name === constraint.name && childOid === constraint.relationOid,
  )
  if (key === undefined || !(await canRead(session, key.parentOid))) return undefined
  return orphanCondition(key, relation(key.parent))
}

async function canRead(session: Session, oid: number): Promise<boolean> {
  const { readable } = await session.queryOne<{ readable: boolean }>(
    `SELECT has_table_privilege($1::oid, 'SELECT') AND NOT row_security_active($1::oid) AS readable`,
    [oid],
  )
  return readable
}
