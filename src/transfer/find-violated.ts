import { nameKey } from '../core/table-name.ts'
import type { UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import { readForeignKeys } from '../postgres/catalog/read-foreign-keys.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { orphanCondition } from './orphans.ts'

/**
 * Finds the target's NOT VALID constraints that rows of the source violate. Where the source has the constraint
 * as a valid one, none can; so only those are probed that are NOT VALID on both sides.
 */
export async function findViolated(
  source: Session,
  atSource: readonly UnvalidatedConstraint[],
  atTarget: readonly UnvalidatedConstraint[],
): Promise<UnvalidatedConstraint[]> {
  const candidates = new Map(atSource.map((constraint) => [constraintKey(constraint), constraint]))
  const violated: UnvalidatedConstraint[] = []
  for (const constraint of atTarget) {
    const twin = candidates.get(constraintKey(constraint))
    if (twin !== undefined && (await hasViolatingRow(source, twin))) violated.push(constraint)
  }
  return violated
}

function constraintKey({ relation: name, definition }: UnvalidatedConstraint): string {
  return `${nameKey(name)} ${definition}`
}

async function hasViolatingRow(session: Session, constraint: UnvalidatedConstraint): Promise<boolean> {
  const condition =
    constraint.kind === 'check'
      ? `NOT (${constraint.condition})`
      : await foreignKeyViolation(session, constraint)
  if (condition === undefined) return false
  const { violated } = await session.queryOne<{ violated: boolean }>(
    `SELECT EXISTS (SELECT FROM ${relation(constraint.relation)} AS child WHERE ${condition}) AS violated`,
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
  return key === undefined ? undefined : orphanCondition(key, relation(key.parent))
}
