import { coded, type Finding } from '../../core/finding.ts'
import { displayName, isSameTable } from '../../core/table-name.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { leaveUserPath } from '../../postgres/user-path.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import type { PlanGuard } from '../source/plan-guard.ts'
import { errorFinding, noteFinding } from '../validate/finding.ts'
import type { WantedMask } from './mask-groups.ts'
import { partitionToSample, SAMPLED_ROWS } from './sample-partition.ts'

/** With fewer values, a mask may leave all of them unchanged by chance. */
const FEWEST_VALUES = 5
/** Larger values are not compared. */
const LARGEST_BYTES = 8192

/**
 * SQLSTATEs of values that an expression does not accept: data exceptions, violated constraints of domains, and errors that functions
 * raise.
 */
const DATA_PROBLEM = /^(22|23|P0)/

/** The result of a mask for a sample; undefined if it fails for a row. */
interface Compared {
  /** Values that are not NULL, and that the condition of the mask selects. */
  readonly values: number
  /** Those of them that are unchanged, ignoring case and surrounding white space. */
  readonly unchanged: number
}

/**
 * Finds SQL expressions that leave the values of their column unchanged, such as casts of it. They are evaluated over a sample on the
 * server, and only counts leave it. They must have been found harmless before.
 */
export async function findLetThrough(
  session: Session,
  guard: PlanGuard,
  tables: readonly LiveTable[],
  wanted: readonly WantedMask[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const table of tables) {
    const own = wanted.filter(({ mask, table: name }) => mask.kind === 'sql' && isSameTable(name, table.name))
    if (own.length === 0) continue
    for (const each of own) {
      const compared = await compare(session, guard, table, each)
      findings.push(...judge(table, each, compared))
    }
    await leaveUserPath(session)
  }
  return coded('mask', findings)
}

async function compare(
  session: Session,
  guard: PlanGuard,
  table: LiveTable,
  { mask, column }: WantedMask,
): Promise<Compared | undefined> {
  const partition = partitionToSample(guard, table)
  if (partition === undefined) return { values: 0, unchanged: 0 }
  await guard.prepareFor(session, [partition])
  const alias = identifier(table.name.name)
  const value = `${alias}.${identifier(column)}`
  const plain = (sql: string) => `pg_catalog.lower(pg_catalog.btrim(${sql})) COLLATE pg_catalog."C"`
  const isMeant = `pg_catalog.pg_column_size(${value}) OPERATOR(pg_catalog.<=) ${LARGEST_BYTES}`
  const sample = `SELECT CASE WHEN ${isMeant} THEN ${value}::pg_catalog.text END AS raw, CASE WHEN ${isMeant} THEN (${table.masks?.expressions.get(column)})::pg_catalog.text END AS masked
  FROM ONLY ${relation(partition.name)} AS ${alias}${mask.where === undefined ? '' : ` WHERE ((${mask.where}\n)) IS NOT FALSE`} LIMIT ${SAMPLED_ROWS}`
  const sql = `SELECT pg_catalog.count(s.raw)::pg_catalog.float8 AS values,
  (pg_catalog.count(*) FILTER (WHERE ${plain('s.raw')} OPERATOR(pg_catalog.=) ${plain('s.masked')}))::pg_catalog.float8 AS unchanged
FROM (${sample}) AS s`
  // An error for a row may quote its value, so only the fact that it failed is kept.
  return session
    .readBriefly(() => session.queryOne<{ values: number; unchanged: number }>(sql))
    .catch((error: unknown) => {
      if (error instanceof DatabaseError && DATA_PROBLEM.test(error.sqlState ?? '')) return undefined
      throw error
    })
}

function judge({ name }: LiveTable, { column }: WantedMask, compared: Compared | undefined): Finding[] {
  if (compared === undefined)
    return [
      errorFinding(
        displayName(name),
        `the mask of column "${column}" fails for a row of a sample`,
        'Try the expression on a copy: a cast or a function in it does not take every value of the column.',
      ),
    ]
  const { values, unchanged } = compared
  if (unchanged === 0) return []
  if (unchanged === values && values >= FEWEST_VALUES)
    return [
      errorFinding(
        displayName(name),
        `the mask of column "${column}" lets the raw value through: each of ${values} sampled values stays as it is`,
        'Write an expression that hides the value, or use a ready-made mask. To copy the column unmasked, accept it with a reason.',
      ),
    ]
  return [
    noteFinding(
      displayName(name),
      `the mask of column "${column}" leaves ${unchanged} of ${values} sampled values as they are`,
      'If you did not intend that, use a ready-made mask, or limit the mask with `where`.',
    ),
  ]
}
