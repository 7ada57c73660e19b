import type { ReadonlyTableMap } from '../../core/table-map.ts'
import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import { readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { copiedColumns } from '../inspect/columns.ts'
import type { Inspection, TablePair } from '../inspect/inspection.ts'
import { findViolated, type RowPlaces } from './find-violated.ts'
import type { MergeNames } from './merge-table.ts'
import { parentsOf } from './orphans.ts'
import { OwnerRights, READ_PLAINLY } from './owner-rights.ts'
import { readOwners } from './read-owners.ts'
import { tableSql } from './row-sql.ts'

/** The landed rows of the tables of a run. */
export interface Landed {
  readonly inspection: Inspection
  readonly names: ReadonlyTableMap<MergeNames>
  /** Whether all rows of the source have landed, or only the changed ones. */
  readonly isWhole: (pair: TablePair) => boolean
}

interface LandedPair {
  readonly pair: TablePair
  readonly names: MergeNames
  readonly isWhole: boolean
}

/**
 * Finds those of the target's NOT VALID constraints that landed rows violate, if the merge would be checked against them. In the replica
 * role, foreign keys are not checked.
 */
export async function findViolatedByLanded(
  session: Session,
  landed: Landed,
): Promise<UnvalidatedConstraint[]> {
  const { mode, unvalidated } = landed.inspection.target
  if (unvalidated.length === 0) return []
  const pairs = await landedPairs(session, landed)
  const byPartition = new Map(
    pairs.flatMap((each) => each.pair.target.partitions.map(({ oid }) => [oid, each] as const)),
  )
  const acting = unvalidated.filter(
    ({ kind, relationOid }) => byPartition.has(relationOid) && (kind !== 'foreign key' || mode === 'owner'),
  )
  return session.transaction('BEGIN', async () => {
    await analyzeKeys(session, acting, byPartition)
    const owned = pairs.map(({ pair: { target } }) => ({ target, kept: [] }))
    const rights = new OwnerRights(
      session,
      mode === 'owner' ? new Map() : await readOwners(session, owned, 'all'),
    )
    const violated = await findViolated(session, acting, placesOf(byPartition, rights))
    await rights.takeBack()
    return violated
  })
}

/** Nothing has analyzed what has landed: the planner would look through all parents for each row of a child. */
async function analyzeKeys(
  session: Session,
  acting: readonly UnvalidatedConstraint[],
  byPartition: ReadonlyMap<number, LandedPair>,
): Promise<void> {
  const keys = acting.filter(({ kind }) => kind === 'foreign key')
  if (keys.length === 0) return
  const referring = new Set(keys.map(({ relationOid }) => relationOid))
  const parents = (await readForeignKeys(session, [...referring]))
    .filter(({ childOid }) => referring.has(childOid))
    .map(({ parentOid }) => parentOid)
  const landed = [...referring, ...parents].flatMap((oid) => byPartition.get(oid)?.names.landing ?? [])
  const names = [...new Set(landed.map(relation))]
  if (names.length > 0) await session.execute(`ANALYZE ${names.join(', ')}`)
}

function placesOf(byPartition: ReadonlyMap<number, LandedPair>, rights: OwnerRights): RowPlaces {
  return {
    rowsOf: ({ relationOid, columns }) => rowsWith(columns, byPartition.get(relationOid)),
    parentsOf: (key) => {
      const here = byPartition.get(key.parentOid)
      const rows = rowsWith(key.parentColumns, here)
      if (here === undefined || rows === undefined) return parentsOf(key)
      const columns = columnList(key.parentColumns)
      // Includes parents that will be deleted. So a violation may be missed here, and the merge fails on it.
      return here.isWhole
        ? rows
        : `(SELECT ${columns} FROM ${tableSql(here.pair.target)} UNION ALL SELECT ${columns} FROM ${rows} AS landed)`
    },
    // The owner may not be able to read the table that a foreign key refers to.
    readingOf: ({ kind, relationOid }) => {
      const landed = byPartition.get(relationOid)
      return landed === undefined || kind !== 'check'
        ? READ_PLAINLY
        : rights.reading(landed.pair, [landed.names.landing])
    },
  }
}

/** The landed rows with these columns of the target; undefined if that is not possible. Generated columns do not land. */
function rowsWith(columns: readonly string[], landed: LandedPair | undefined): string | undefined {
  if (landed === undefined) return undefined
  const { pair, names } = landed
  const copied = new Set(copiedColumns(pair).map(({ name }) => name))
  const others = columns.filter((name) => !copied.has(name))
  const generated = others.map((name) => generatedSql(pair.target, name, copied))
  if (generated.includes(undefined)) return undefined
  const landing = relation(names.landing)
  return generated.length === 0 ? landing : `(SELECT *, ${generated.join(', ')} FROM ${landing} AS landed)`
}

function generatedSql({ columns }: Table, name: string, copied: ReadonlySet<string>): string | undefined {
  const column = columns.find((each) => each.name === name)
  if (column?.expression === undefined) return undefined
  // Landed rows lack columns that only the target has, and a generated column may be computed from them.
  const isComplete = columns.every((each) => each.generated !== 'no' || copied.has(each.name))
  return isComplete ? `(${column.expression})::${column.baseType} AS ${identifier(name)}` : undefined
}

/**
 * The pairs with a landing table. Pairs of which no row lands may have none. Pairs whose types run code of their owner get it in the merge,
 * which then fails if a row violates a constraint.
 */
async function landedPairs(
  session: Session,
  { inspection: { pairs }, names, isWhole }: Landed,
): Promise<LandedPair[]> {
  const there = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('mbsync_landing', 'mbsync_undo')`,
  )
  const landings = new Set(there.map(({ name }) => name))
  return pairs.flatMap((pair) => {
    const own = names.get(pair.source.name)
    if (own === undefined || !landings.has(own.landing.name)) return []
    return [{ pair, names: own, isWhole: isWhole(pair) }]
  })
}
