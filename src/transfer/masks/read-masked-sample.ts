import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { LivePart } from '../source/plan-parts.ts'

const VALUES = 5
const LONGEST = 60

/**
 * The masked values of a few rows of a part, shortened; NULL is undefined. Only masked values leave the source: one that a mask lets through is
 * not shown.
 * @param expressions by column
 */
export async function readMaskedSample(
  session: Session,
  { table, partition }: Pick<LivePart, 'table' | 'partition'>,
  expressions: ReadonlyMap<string, string>,
): Promise<Map<string, (string | undefined)[]>> {
  const alias = identifier(table.name)
  const texts = [...expressions].map(([column, sql], index) => {
    const isRaw = `(${sql})::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.=) ${alias}.${identifier(column)}::pg_catalog.text`
    return `CASE WHEN ${isRaw} THEN '(unchanged)' ELSE pg_catalog.left((${sql})::pg_catalog.text, ${LONGEST}) END AS c${index}`
  })
  const rows = await session.query<Record<string, string | null>>(
    `SELECT ${texts.join(', ')} FROM ONLY ${relation(partition.name)} AS ${alias} LIMIT ${VALUES}`,
  )
  return new Map(
    [...expressions.keys()].map((column, index) => [
      column,
      rows.map((row) => row[`c${index}`] ?? undefined),
    ]),
  )
}
