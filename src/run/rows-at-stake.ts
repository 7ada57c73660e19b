import { countOf } from '../core/count-of.ts'
import { groupBy } from '../core/group-by.ts'
import { sum } from '../core/sum.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { listRelations } from '../postgres/catalog/list-relations.ts'
import { readPartitions } from '../postgres/catalog/read-partitions.ts'
import type { Partition, Table } from '../postgres/catalog/table.ts'
import { batchesOf, tablesAtOnce } from '../postgres/in-batches.ts'
import type { Session } from '../postgres/session.ts'
import { withUserPath } from '../postgres/user-path.ts'
import type { Detail, Question } from '../progress/confirm.ts'
import { wasWritten } from '../state/migrate.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import { selectedTableOids } from '../transfer/inspect/select-relations.ts'
import { namedAsItself, stayRuleOf, staysSql, WHOLE } from '../transfer/inspect/stay-rule.ts'
import { explainingNames } from '../transfer/merge/explain-unresolved.ts'
import { readOwners } from '../transfer/merge/read-owners.ts'
import { tableSql } from '../transfer/merge/row-sql.ts'

/** A table of the target that a run may write to. */
export type StakedTable = Pick<Table, 'oid' | 'name' | 'isPartitioned' | 'partitions'> & {
  /** The condition of rows that the run leaves as they are. */
  readonly except?: string | undefined
}

/** The rows of a table that a run may delete or overwrite. */
interface TableAtStake {
  readonly table: TableName
  readonly rows: number
  /** The planner's estimate, for a table that takes long to count. */
  readonly isEstimate: boolean
}

/** Pages of 8 kB: 80 MB, which can be read within a second. */
const MOST_PAGES_TO_COUNT = 10_000
const MOST_TABLES_TO_NAME = 20

/**
 * What must be confirmed before the first run into a target: the rows in its tables.
 * @param counting the command that counts the changes exactly
 * @returns undefined if mbsync has written to the target before, or its tables are empty
 */
export async function askAboutFirstRun(
  session: Session,
  targetName: string,
  tables: readonly StakedTable[],
  counting: string | undefined,
): Promise<Question | undefined> {
  if (await wasWritten(session)) return undefined
  const written = tables.filter(({ except }) => except !== WHOLE)
  // Counting would run code of other roles with mbsync's rights: see readOwners.
  const owners = await readOwners(
    session,
    written.map((target) => ({ target, kept: [] })),
  )
  const isCounted = (table: StakedTable) =>
    table.partitions.every(isCountable) && !owners.get(table.oid)?.hasCode
  const found = written.filter((table) => !isCounted(table)).map(guessRows)
  const count = async () => {
    for (const batch of batchesOf(written.filter(isCounted), await tablesAtOnce(session)))
      found.push(...(await countRows(session, batch)))
  }
  await explainingNames(session, written, () => withUserPath(session, 'reading', count))
  const atStake = found.filter(({ rows }) => rows > 0)
  return atStake.length === 0 ? undefined : questionAbout(targetName, atStake, counting)
}

/** Reads the facts about the selected tables of a target that the first run needs: much less than validation reads. */
export async function readAtStake(session: Session, selection: Selection): Promise<StakedTable[]> {
  const oids = selectedTableOids(selection, await listRelations(session))
  const partitions = groupBy(await readPartitions(session, oids), ({ root }) => root)
  return oids.flatMap((oid) => {
    const own = partitions.get(oid) ?? []
    const self = own.find((partition) => partition.oid === oid)
    if (self === undefined) return []
    const isPartitioned = self.kind === 'partitioned'
    const except = stayRuleOf(selection, self.name)?.condition
    return [{ oid, name: self.name, isPartitioned, partitions: own, except }]
  })
}

/** If nothing is known about its rows, assume one row per page. */
function guessRows({ name, partitions }: StakedTable): TableAtStake {
  const pages = sum(partitions.map((partition) => partition.pages))
  const estimate = sum(partitions.map((partition) => partition.estimatedRows))
  return { table: name, rows: Math.max(estimate, pages), isEstimate: true }
}

async function countRows(session: Session, tables: readonly StakedTable[]): Promise<TableAtStake[]> {
  const isEstimate = tables.map(({ partitions, except }) => {
    const pages = sum(partitions.map((partition) => partition.pages))
    return (
      except === undefined &&
      pages > MOST_PAGES_TO_COUNT &&
      partitions.some((partition) => partition.estimatedRows > 0)
    )
  })
  const counts = tables.map((table, at) => {
    const from = `FROM ${namedAsItself(tableSql(table), table.name)}${table.except === undefined ? '' : ` WHERE NOT (${staysSql(table.except)})`}`
    const estimate = sum(table.partitions.map((partition) => partition.estimatedRows))
    // The estimate may be from a time when the table had other rows.
    return isEstimate[at]
      ? `SELECT ${at} AS at, CASE WHEN EXISTS (SELECT ${from}) THEN ${estimate}::float8 ELSE 0 END AS rows`
      : `SELECT ${at} AS at, count(*)::float8 AS rows ${from}`
  })
  const counted = await session.query<{ at: number; rows: number }>(counts.join('\nUNION ALL\n'))
  return counted.flatMap(({ at, rows }) => {
    const table = tables[at]?.name
    return table === undefined ? [] : [{ table, rows, isEstimate: isEstimate[at] ?? false }]
  })
}

/** Rows that the role may not see, or only in part, cannot be counted. Validation reports this. */
function isCountable({
  kind,
  canUseSchema,
  canSelect,
  isRowSecurityActive,
  isRowSecurityForced,
}: Partition): boolean {
  return kind !== 'foreign' && canUseSchema && canSelect && !isRowSecurityActive && !isRowSecurityForced
}

function questionAbout(
  targetName: string,
  tables: readonly TableAtStake[],
  counting: string | undefined,
): Question {
  const sorted = [...tables].sort((a, b) => b.rows - a.rows)
  const rows = countOf(
    tables.reduce((total, table) => total + table.rows, 0),
    'row',
  )
  const about = tables.some(({ isEstimate }) => isEstimate) ? 'about ' : ''
  return {
    message: `mbsync has not written to "${targetName}" before: the run would delete or overwrite up to ${about}${rows} in ${countOf(tables.length, 'table')}`,
    details: [
      ...sorted.slice(0, MOST_TABLES_TO_NAME).map(describeTable),
      ...describeRest(sorted.slice(MOST_TABLES_TO_NAME)),
    ],
    hint: `Check the URL of the target.${counting === undefined ? '' : ` \`${counting}\` counts exactly what it would insert, update and delete.`} Then run it once on a terminal, with --yes, or with MBSYNC_YES=1, to confirm; later runs do not ask.`,
  }
}

function describeTable({ table, rows, isEstimate }: TableAtStake): Detail {
  return {
    subject: displayName(table),
    fact: `${isEstimate ? 'about ' : ''}${countOf(rows, 'row')} in the target`,
  }
}

function describeRest(tables: readonly TableAtStake[]): Detail[] {
  if (tables.length === 0) return []
  const rows = tables.reduce((total, table) => total + table.rows, 0)
  return [
    {
      subject: countOf(tables.length, 'more table'),
      fact: `${countOf(rows, 'row')} in the target`,
    },
  ]
}
