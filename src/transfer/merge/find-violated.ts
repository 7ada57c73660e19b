import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import { type ForeignKey, readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { orphanCondition } from './orphans.ts'
import type { Reading } from './owner-rights.ts'

/** The relations with the rows that will be written. */
export interface RowPlaces {
  /** SQL of a relation with the rows to check; undefined if they lack a column that the constraint needs. */
  readonly rowsOf: (constraint: UnvalidatedConstraint) => string | undefined
  /** SQL of a relation with the rows that a foreign key may refer to. */
  readonly parentsOf: (key: ForeignKey) => string
  /** The rights with which a constraint is checked. */
  readonly readingOf: (constraint: UnvalidatedConstraint) => Reading
}

/**
 * Finds those of the target's NOT VALID constraints that rows to be written violate, as far as the role may read the rows. The conditions
 * belong to the target, and are evaluated only there.
 */
export async function findViolated(
  session: Session,
  unvalidated: readonly UnvalidatedConstraint[],
  places: RowPlaces,
): Promise<UnvalidatedConstraint[]> {
  const violated: UnvalidatedConstraint[] = []
  for (const constraint of unvalidated)
    if (await hasViolatingRow(session, constraint, places)) violated.push(constraint)
  return violated
}

async function hasViolatingRow(
  session: Session,
  constraint: UnvalidatedConstraint,
  places: RowPlaces,
): Promise<boolean> {
  const rows = places.rowsOf(constraint)
  const condition =
    constraint.condition === undefined
      ? await foreignKeyViolation(session, constraint, places)
      : `NOT (${constraint.condition})`
  if (rows === undefined || condition === undefined) return false
  const isInPartition = constraint.bounds === undefined ? '' : ` AND (${constraint.bounds})`
  const { violated } = await places.readingOf(constraint)(
    `SELECT EXISTS (SELECT FROM ${rows} AS child WHERE ${condition}${isInPartition}) AS violated`,
    ['violated boolean'],
    (select) => withUserPath(session, 'reading', () => session.queryOne<{ violated: boolean }>(select)),
  )
  return violated
}

async function foreignKeyViolation(
  session: Session,
  constraint: UnvalidatedConstraint,
  places: RowPlaces,
): Promise<string | undefined> {
  const keys = await readForeignKeys(session, [constraint.relationOid])
  const key = keys.find(
    ({ name, childOid }) => name === constraint.name && childOid === constraint.relationOid,
  )
  if (key === undefined || !(await canRead(session, key.parentOid))) return undefined
  return orphanCondition(key, places.parentsOf(key))
}

async function canRead(session: Session, oid: number): Promise<boolean> {
  const { readable } = await session.queryOne<{ readable: boolean }>(
    `SELECT has_table_privilege($1::oid, 'SELECT') AND NOT row_security_active($1::oid) AS readable`,
    [oid],
  )
  return readable
}
