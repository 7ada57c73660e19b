import type { UnvalidatedConstraint } from '../postgres/catalog/read-constraints.ts'
import { type ForeignKey, readForeignKeys } from '../postgres/catalog/read-foreign-keys.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { READ_PLAINLY, type Reading } from './merge/owner-rights.ts'
import { orphanCondition } from './orphans.ts'

/** Where rows stand that are not, or not only, in the tables themselves. */
export interface RowPlaces {
  /** SQL of a relation with the rows to look at. */
  readonly rowsOf: (constraint: UnvalidatedConstraint) => string
  /** SQL of a relation with the rows that a foreign key may refer to. */
  readonly parentsOf: (key: ForeignKey) => string
  /** With whose rights a constraint is looked at. */
  readonly readingOf: (constraint: UnvalidatedConstraint) => Reading
}

const IN_THE_TABLES: RowPlaces = {
  rowsOf: (constraint) => relation(constraint.relation),
  parentsOf: (key) => relation(key.parent),
  readingOf: () => READ_PLAINLY,
}

/** Finds those of a database's NOT VALID constraints that some row violates, as far as the role may read the rows. */
export async function findViolated(
  session: Session,
  unvalidated: readonly UnvalidatedConstraint[],
  places: RowPlaces = IN_THE_TABLES,
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
  const condition =
    constraint.kind === 'check'
      ? `NOT (${constraint.condition})`
      : await foreignKeyViolation(session, constraint, places)
  if (condition === undefined || !(await canRead(session, constraint.relationOid))) return false
  const { violated } = await places.readingOf(constraint)(
    `SELECT EXISTS (SELECT FROM ${places.rowsOf(constraint)} AS child WHERE ${condition}) AS violated`,
    ['violated boolean'],
    (select) => session.queryOne<{ violated: boolean }>(select),
  )
  return violated
}

async function foreignKeyViolation(
  session: Session,
  constraint: UnvalidatedConstraint,
  { parentsOf }: RowPlaces,
): Promise<string | undefined> {
  const keys = await readForeignKeys(session, [constraint.relationOid])
  const key = keys.find(
    ({ name, childOid }) => name === constraint.name && childOid === constraint.relationOid,
  )
  if (key === undefined || !(await canRead(session, key.parentOid))) return undefined
  return orphanCondition(key, parentsOf(key))
}

async function canRead(session: Session, oid: number): Promise<boolean> {
  const { readable } = await session.queryOne<{ readable: boolean }>(
    `SELECT has_table_privilege($1::oid, 'SELECT') AND NOT row_security_active($1::oid) AS readable`,
    [oid],
  )
  return readable
}
