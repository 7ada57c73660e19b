import { nameKey } from '../../../core/table-name.ts'
import { identifier, literal, relation } from '../../../postgres/identifiers.ts'
import type { Session } from '../../../postgres/session.ts'
import type { LiveTable } from '../../inspect/inspect-source.ts'
import type { PlanGuard } from '../../source/plan-guard.ts'
import { columnType } from '../column-type.ts'
import { partitionToSample, SAMPLED_ROWS } from '../sample-partition.ts'
import { commonFirstNames } from './first-names.ts'
import type { PersonalKind } from './kind.ts'
import { PERSONAL_KINDS } from './personal-kinds.ts'

/** The result of a sample of a column's values. Only counts leave the source. */
export interface Sample {
  /** Values that are not NULL. */
  readonly values: number
  readonly matches: ReadonlyMap<PersonalKind, number>
  /** Values whose first word is a common first name. */
  readonly names: number
  /** Values of two to four words that look like a personal name. */
  readonly nameLike: number
}

const WITH_VALUES = PERSONAL_KINDS.filter(({ value }) => value !== undefined)

/** Two to four words, each with a capital letter and small ones, possibly with particles such as `von` between them. */
const NAME_LIKE = String.raw`^[[:upper:]][[:lower:]]+( (de|la|del|der|den|von|van|zu|di|du|le|y|[[:upper:]]\.))*([ -][[:upper:]][[:lower:]]+){1,3}$`

/**
 * Matches the texts of a sample of rows on the server. The result is by the names of table and column. Tables that must not be queried have
 * no sample.
 */
export async function sampleValues(
  session: Session,
  guard: PlanGuard,
  tables: readonly LiveTable[],
  encoding: string,
): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample>()
  for (const table of tables) {
    const columns = table.columns.filter(
      ({ baseType, generated }) => generated === 'no' && columnType(baseType).family === 'text',
    )
    const partition = partitionToSample(guard, table)
    if (partition === undefined || columns.length === 0) continue
    await guard.prepareFor(session, [partition])
    const counted = await session.queryOne<Record<string, number>>(
      countsSql(
        relation(partition.name),
        columns.map(({ name }) => name),
        encoding !== 'UTF8',
      ),
    )
    for (const [index, { name }] of columns.entries())
      samples.set(`${nameKey(table.name)}\0${name}`, {
        values: counted[`v${index}`] ?? 0,
        matches: new Map(WITH_VALUES.map((kind, at) => [kind, counted[`c${index}_${at}`] ?? 0])),
        names: counted[`n${index}`] ?? 0,
        nameLike: counted[`l${index}`] ?? 0,
      })
  }
  return samples
}

function countsSql(table: string, columns: readonly string[], isAscii: boolean): string {
  const list = `ARRAY[${commonFirstNames(isAscii).map(literal).join(', ')}]::pg_catalog.text[]`
  const counts = columns.flatMap((_, index) => {
    const value = `s.t${index}`
    const count = (condition: string) =>
      `(pg_catalog.count(*) FILTER (WHERE ${condition}))::pg_catalog.float8`
    return [
      `pg_catalog.count(${value})::pg_catalog.float8 AS v${index}`,
      ...WITH_VALUES.map(
        (kind, at) =>
          `${count(`${value} OPERATOR(pg_catalog.~) ${literal(kind.value ?? '')}`)} AS c${index}_${at}`,
      ),
      `${count(`${value} OPERATOR(pg_catalog.~) '^\\w+( \\w+\\.?){0,3}$' AND pg_catalog.lower(pg_catalog.split_part(${value}, ' ', 1)) OPERATOR(pg_catalog.=) ANY (${list})`)} AS n${index}`,
      `${count(`${value} OPERATOR(pg_catalog.~) ${literal(NAME_LIKE)}`)} AS l${index}`,
    ]
  })
  const texts = columns.map(
    (name, index) => `pg_catalog.left(${identifier(name)}::pg_catalog.text, 200) AS t${index}`,
  )
  return `SELECT ${counts.join(', ')} FROM (SELECT ${texts.join(', ')} FROM ONLY ${table} LIMIT ${SAMPLED_ROWS}) AS s`
}
