import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads extended statistics: their definitions, not their values. */
export async function readStatistics(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<StatisticsRow>(STATISTICS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, schema, name, owner, tableSchema, table, target, ...definition }) => {
      const identity = `STATISTICS ${quoteQualified({ schema, name })}`
      const create = createStatistics(identity, { schema: tableSchema, name: table }, definition)
      return {
        id,
        kind: 'statistics',
        identity,
        schema,
        of: { schema: tableSchema, name: table },
        section: 'post-data',
        create: [create, ...(target === null ? [] : [`ALTER ${identity} SET STATISTICS ${target}`])],
        owner,
      }
    }),
  }
}

/** In their definition, the server leaves out the parentheses by which the cast of an array is known from that of its elements. */
function createStatistics(
  identity: string,
  table: TableName,
  { definition, kinds, columns, expressions }: Definition,
): string {
  if (!definition.includes('ARRAY[')) return definition
  const parts = [...columns.map(quoteName), ...(expressions ?? []).map((expression) => `(${expression})`)]
  const isOfAllKinds = parts.length === 1 || kinds.length === KINDS.size
  const named = [...KINDS].flatMap(([kind, words]) => (kinds.includes(kind) ? [words] : []))
  const ofKinds = isOfAllKinds ? '' : ` (${named.join(', ')})`
  return `CREATE ${identity}${ofKinds} ON ${parts.join(', ')} FROM ${quoteQualified(table)}`
}

/** By the letters of the catalog, in the order of the server. */
const KINDS = new Map([
  ['d', 'ndistinct'],
  ['f', 'dependencies'],
  ['m', 'mcv'],
])

interface Definition {
  readonly definition: string
  /** But for that of expressions, which the server adds. */
  readonly kinds: readonly string[]
  readonly columns: readonly string[]
  readonly expressions: readonly string[] | null
}

interface StatisticsRow extends Definition, Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly tableSchema: string
  readonly table: string
  readonly target: number | null
}

const STATISTICS_SQL = `
SELECT 'pg_statistic_ext:' || s.oid AS id, n.nspname AS schema, s.stxname AS name, pg_get_userbyid(s.stxowner) AS owner,
  tn.nspname AS "tableSchema", c.relname AS table, pg_get_statisticsobjdef(s.oid) AS definition, nullif(s.stxstattarget, -1) AS target,
  ARRAY(SELECT k::text FROM unnest(s.stxkind) AS k WHERE k <> 'e') AS kinds, pg_get_statisticsobjdef_expressions(s.oid) AS expressions,
  ARRAY(SELECT a.attname::text FROM unnest(s.stxkeys) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = k.number ORDER BY k.place) AS columns
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = c.relnamespace
WHERE ${IS_USER_SCHEMA}`
