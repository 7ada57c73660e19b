import { FailedError } from '../../core/errors.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import type { DeferrableConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { type OutsideEnd, outsideEnd } from '../validate/foreign-key-advice.ts'
import { byPartition } from './foreign-key-ends.ts'
import type { LockedMerge } from './merge-plan.ts'
import type { MergeTable } from './merge-table.ts'
import { childrenOf, orphanCondition, parentsOf, refersSql } from './orphans.ts'
import { type OwnerRights, READ_PLAINLY } from './owner-rights.ts'
import { tableSql } from './row-sql.ts'

/**
 * Checks before COMMIT what the replica role does not: the given foreign keys, and deferrable unique and exclusion constraints, which are
 * rechecked by a trigger that does not fire. `changed` are the tables that the merge has written. `inside` are the relations of all tables
 * of the run, by default those of `tables`.
 * @throws ViolationError naming the constraint that the new rows would violate
 */
export async function checkConstraints(
  {
    coordinator,
    tables,
    rights,
    inside = new Set(tables.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))),
  }: Pick<LockedMerge, 'coordinator' | 'tables' | 'rights'> & { readonly inside?: ReadonlySet<number> },
  foreignKeys: readonly ForeignKey[],
  deferrable: readonly DeferrableConstraint[],
  changed: readonly MergeTable[],
): Promise<void> {
  const [tableOf, changedOf] = [byPartition(tables), byPartition(changed)]
  const exists = async (sql: string, oids: readonly number[]) => {
    const role = await readerOf(coordinator, oids, rights, tableOf)
    const read = role === undefined ? READ_PLAINLY : rights.readingAs(role)
    const { found } = await read(`SELECT EXISTS (${sql}) AS found`, ['found boolean'], (select) =>
      coordinator.queryOne<{ found: boolean }>(select),
    )
    return found
  }
  for (const key of foreignKeys) {
    if (await exists(orphanSql(key, changedOf.get(key.parentOid)), [key.childOid, key.parentOid]))
      throw violatedForeignKey(key, inside, tables)
  }
  for (const constraint of deferrable) {
    if (await exists(conflictSql(constraint), [constraint.relationOid])) throw violatedConstraint(constraint)
  }
}

/** Rows would violate a constraint between these tables, or of this one. */
export class ViolationError extends FailedError {
  readonly tables: readonly TableName[]
  /** The foreign key that it is about. */
  readonly foreignKey: ForeignKey | undefined

  constructor(
    message: string,
    options: {
      readonly tables: readonly TableName[]
      readonly hint: string
      readonly foreignKey?: ForeignKey
    },
  ) {
    super(message, options)
    this.tables = options.tables
    this.foreignKey = options.foreignKey
  }
}

/** The owner of one of the relations, if it may read all of them; undefined for mbsync itself. */
async function readerOf(
  session: Session,
  oids: readonly number[],
  rights: OwnerRights,
  tableOf: ReadonlyMap<number, MergeTable>,
): Promise<string | undefined> {
  const roles = oids.flatMap((oid) => {
    const table = tableOf.get(oid)
    return table === undefined ? [] : (rights.roleOf(table) ?? [])
  })
  if (roles.length === 0) return undefined
  const [reader] = await session.query<{ role: string }>(
    `SELECT role FROM unnest($1::text[]) WITH ORDINALITY AS r (role, n) WHERE NOT EXISTS (
       SELECT FROM pg_class c WHERE c.oid = ANY ($2::oid[])
         AND NOT (has_table_privilege(role, c.oid, 'SELECT') AND has_schema_privilege(role, c.relnamespace, 'USAGE')))
     ORDER BY n LIMIT 1`,
    [roles, oids],
  )
  return reader?.role
}

function orphanSql(key: ForeignKey, parent: MergeTable | undefined): string {
  const orphans = `SELECT FROM ${childrenOf(key)} AS child WHERE ${orphanCondition(key, parentsOf(key))}`
  return key.isValid ? orphans : `${orphans} AND (${isOfThisMerge(key, parent)})`
}

/** Under a NOT VALID key, rows may have been orphans before. Only rows that are written, or that lose their parent, are checked. */
function isOfThisMerge(key: ForeignKey, parent: MergeTable | undefined): string {
  const isWritten = 'child.xmin::text::int8 = (SELECT txid_current() & 4294967295)'
  // Undo sets do not contain generated columns.
  const kept = new Set([...(parent?.columns ?? []), ...(parent?.kept ?? [])].map(({ name }) => name))
  if (parent === undefined || !key.parentColumns.every((name) => kept.has(name))) return isWritten
  return `${isWritten} OR EXISTS (SELECT FROM ${relation(parent.undo)} AS parent WHERE parent.mbsync_op <> 'i' AND ${refersSql(key)})`
}

/** Two different rows that conflict in every element, according to the constraint's own operators. */
function conflictSql(constraint: DeferrableConstraint): string {
  const { relation: name, isPartitioned, elements, predicate, nullsConflict } = constraint
  const values = elements.map(({ expression }, index) => `${expression} AS e${index}`)
  const where = predicate === undefined ? '' : ` WHERE ${predicate}`
  const rows = `SELECT tableoid AS toid, ctid AS tid, ${values.join(', ')} FROM ${tableSql({ name, isPartitioned })}${where}`
  const conflicts = elements.map(({ operator, collation }, index) => {
    const meets = `a.e${index} ${operator} b.e${index}${collation === undefined ? '' : ` COLLATE ${collation}`}`
    return nullsConflict ? `(${meets} OR a.e${index} IS NULL AND b.e${index} IS NULL)` : meets
  })
  return `SELECT FROM (${rows}) AS a JOIN (${rows}) AS b ON ${conflicts.join(' AND ')} AND (a.toid, a.tid) <> (b.toid, b.tid)`
}

function violatedForeignKey(
  key: ForeignKey,
  inside: ReadonlySet<number>,
  tables: readonly MergeTable[],
): ViolationError {
  const outside = outsideEnd(key, (oid) => inside.has(oid))
  const stays = tables.some(({ target, stays: rows }) => {
    return (
      rows !== undefined && target.partitions.some(({ oid }) => [key.childOid, key.parentOid].includes(oid))
    )
  })
  return new ViolationError(
    `${displayName(key.child)}: rows would refer to rows that ${displayName(key.parent)} does not have (foreign key "${key.name}")`,
    {
      tables: [key.child, key.parent],
      hint: adviseOn(key, outside, stays),
      foreignKey: key,
    },
  )
}

function adviseOn({ child, parent }: ForeignKey, outside: OutsideEnd, stays: boolean): string {
  if (outside !== undefined)
    return `Nothing has changed. Delete those rows of ${displayName(child)} in the target, or let them refer to others.`
  return stays
    ? OF_STAYING
    : `Give ${displayName(child)} and ${displayName(parent)} conditions that fit each other (\`where\` in the profile, or --where), or drop the foreign key in the target.`
}

const OF_STAYING =
  'Nothing has changed. It involves rows that the target keeps: keep the rows that they refer to, too (`keep`), or delete the kept rows in the target.'

function violatedConstraint({ relation: table, name }: DeferrableConstraint): ViolationError {
  return new ViolationError(`${displayName(table)}: rows would violate the deferrable constraint "${name}"`, {
    tables: [table],
    hint: 'Compare the constraint on both sides: the source does not enforce it.',
  })
}
