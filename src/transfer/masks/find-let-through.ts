import { countOf } from '../../core/count-of.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { settledInOrder } from '../../core/settled-in-order.ts'
import { displayName, isSameTable } from '../../core/table-name.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { leaveUserPath } from '../../postgres/user-path.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import type { PlanGuard } from '../source/plan-guard.ts'
import { errorFinding, noteFinding } from '../validate/finding.ts'
import { columnType } from './column-type.ts'
import type { WantedMask } from './mask-groups.ts'
import { giveKeys } from './mask-keys.ts'
import { maskedJson } from './masked-texts.ts'
import { isWhole, pagesToSample, partitionsOf, type SampledPages, sampleSql } from './sample-rows.ts'

/** With fewer values, a mask may leave all of them by chance. */
const FEWEST_VALUES = 5
/** Larger values are not compared. */
const LARGEST_BYTES = 8192
/** The share of numbers that noise leaves as they are from which on it is said. */
const STAYING_NUMBERS = 0.2

/** The SQLSTATE of values that an expression does not take: data exceptions, violated constraints of domains, and what functions raise. */
const DATA_PROBLEM = /^(22|23|P0)/

/** What a mask made of a sample. */
interface Compared {
  /** Values that are not NULL, and that the condition of the mask hides. */
  readonly values: number
  /** Those of them that are as before, but for case and white space around them. */
  readonly unchanged: number
  /** Those that each path of `redact-json` changes. */
  readonly ofPaths: readonly number[]
  /** How many values the column has in a sample of all rows; only counted if the condition hides none. */
  readonly all?: number
  /** Whether the sample is of all pages of the table. */
  readonly isWhole: boolean
}

/**
 * Finds masks that let the values of their column through: SQL expressions such as casts of it, paths of JSON that no value has, noise on numbers that are too
 * small for it, conditions that no row meets. They are evaluated over a sample on the server, and only counts leave it. SQL must have been found harmless
 * before. Under `isStrict`, a mask without effect is an error.
 */
export async function findLetThrough(
  session: Session,
  guard: PlanGuard,
  tables: readonly LiveTable[],
  wanted: readonly WantedMask[],
  isStrict: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const table of tables) {
    const own = wanted.filter((each) => isSameTable(each.table, table.name) && mayLetThrough(each))
    if (own.length === 0) continue
    const pages = pagesToSample(guard, table)
    if (pages.length === 0) continue
    await guard.prepareFor(session, partitionsOf(pages))
    for (const each of own) {
      const compared = await compare(session, pages, table, each)
      const found = judge(table, each, compared)
      const isRefused = isStrict && compared !== undefined && hasNoEffect(compared)
      findings.push(...(isRefused ? found.map(asError) : found))
    }
    await leaveUserPath(session)
  }
  return coded('mask', findings)
}

/** Whether all values of a sample that says enough stay as they are. */
function hasNoEffect({ values, unchanged, isWhole, all }: Compared): boolean {
  if (values === 0) return isWhole && all !== undefined && all > 0
  return unchanged === values && (values >= FEWEST_VALUES || isWhole)
}

/** A strict profile does not wait until a note is read. */
function asError(finding: Finding): Finding {
  const accepting =
    'If that is meant, accept the column with a reason instead: `privacy: strict` asks for that.'
  return finding.severity === 'error'
    ? finding
    : { ...finding, severity: 'error', hint: `${finding.hint} ${accepting}` }
}

/** These depend on what a value holds. The other ready-made masks change every value that their condition hides. */
const OF_CONTENT = new Set<WantedMask['mask']['kind']>(['sql', 'noise', 'redact-json', 'date-truncate'])

function mayLetThrough({ mask }: WantedMask): boolean {
  return mask.where !== undefined || OF_CONTENT.has(mask.kind)
}

/** Undefined if the mask fails for a row. */
async function compare(
  session: Session,
  pages: readonly SampledPages[],
  table: LiveTable,
  { mask, column }: WantedMask,
): Promise<Compared | undefined> {
  const value = `${identifier(table.name.name)}.${identifier(column)}`
  const plain = (sql: string) => `pg_catalog.lower(pg_catalog.btrim(${sql})) COLLATE pg_catalog."C"`
  const isMeant = `pg_catalog.pg_column_size(${value}) OPERATOR(pg_catalog.<=) ${LARGEST_BYTES}`
  const texts = [
    value,
    table.masks?.expressions.get(column) ?? value,
    ...pathsSql(table, column, mask, value),
  ].map((sql, index) => `CASE WHEN ${isMeant} THEN (${sql})::pg_catalog.text END AS t${index}`)
  const condition = [
    `${value} IS NOT NULL`,
    ...(mask.where === undefined ? [] : [`((${mask.where}\n)) IS NOT FALSE`]),
  ]
  const sample = sampleSql(
    pages,
    table,
    { columns: table.columns.map(({ name }) => name), condition: condition.join(' AND ') },
    session.serverVersion,
  )
  const count = (filter: string) => `(pg_catalog.count(*) FILTER (WHERE ${filter}))::pg_catalog.float8`
  const counts = [
    count('s.t0 IS NOT NULL'),
    count(`${plain('s.t0')} OPERATOR(pg_catalog.=) ${plain('s.t1')}`),
    ...texts.slice(2).map((_, index) => count(`s.t0 OPERATOR(pg_catalog.<>) s.t${index + 2}`)),
  ]
  const sql = `SELECT ARRAY[${counts.join(', ')}] AS counts FROM (SELECT ${texts.join(', ')} FROM ${sample}) AS s`
  // What fails for a row may quote its value: that it fails is all that is kept of it.
  const compared = await session
    .tryReading(() =>
      // Both are sent before what ends the reading.
      settledInOrder([
        giveKeys(session, table.masks?.settings ?? new Map()),
        session.queryOne<{ counts: number[] }>(sql),
      ]),
    )
    .then(
      ([
        ,
        {
          counts: [values = 0, unchanged = 0, ...ofPaths],
        },
      ]) => {
        return { values, unchanged, ofPaths, isWhole: isWhole(pages, table) }
      },
    )
    .catch((error: unknown) => {
      if (error instanceof DatabaseError && DATA_PROBLEM.test(error.sqlState ?? '')) return undefined
      throw error
    })
  if (compared === undefined || compared.values > 0 || mask.where === undefined) return compared
  const whole = sampleSql(
    pages,
    table,
    { columns: [column], condition: `${value} IS NOT NULL` },
    session.serverVersion,
  )
  const { all } = await session.queryOne<{ all: number }>(
    `SELECT pg_catalog.count(*)::pg_catalog.float8 AS all FROM ${whole}`,
  )
  return { ...compared, all }
}

/** What each path of a mask alone makes of a value. */
function pathsSql({ columns }: LiveTable, column: string, mask: WantedMask['mask'], value: string): string[] {
  const type = columns.find(({ name }) => name === column)?.baseType ?? ''
  return (mask.paths ?? []).flatMap((path) => {
    const made = maskedJson(value, columnType(type).name, { ...mask, paths: [path] })
    return 'sql' in made ? made.sql : []
  })
}

function judge(table: LiveTable, wanted: WantedMask, compared: Compared | undefined): Finding[] {
  const subject = displayName(table.name)
  const { column, mask } = wanted
  if (compared === undefined)
    return [
      errorFinding(
        subject,
        `the mask of column "${column}" fails for a row of a sample`,
        'Try the expression on a copy: a cast or a function in it does not take every value of the column.',
      ),
    ]
  const { values, unchanged, all = 0 } = compared
  if (all > 0 && (all >= FEWEST_VALUES || compared.isWhole))
    return [
      noteFinding(
        subject,
        `the condition of the mask of column "${column}" hides none of ${countOf(all, 'sampled value')}`,
        'Correct `where`: the mask changes the rows that meet it, and those for which it is NULL.',
      ),
    ]
  if (!OF_CONTENT.has(mask.kind)) return []
  if (values < FEWEST_VALUES && !compared.isWhole)
    return [
      noteFinding(
        subject,
        `the mask of column "${column}" is not checked: a sample of the table has ${countOf(values, 'value')} in it`,
        'Look at its masked values yourself: `mbsync check --sample` shows some.',
      ),
    ]
  const ofKind =
    mask.kind === 'redact-json'
      ? judgePaths(subject, wanted, compared)
      : mask.kind === 'noise'
        ? judgeNoise(subject, wanted, compared)
        : []
  const isCounted = mask.kind === 'sql' || unchanged === values
  if (ofKind.length > 0 || unchanged === 0 || !isCounted) return ofKind
  if (mask.kind === 'sql' && unchanged === values && values >= FEWEST_VALUES)
    return [
      errorFinding(
        subject,
        `the mask of column "${column}" lets the raw value through: each of ${values} sampled values stays as it is`,
        'Write an expression that hides the value, or use a ready-made mask. To copy the column unmasked, accept it with a reason.',
      ),
    ]
  return [
    noteFinding(
      subject,
      `the mask of column "${column}" leaves ${unchanged} of ${values} sampled values as they are`,
      'If you did not intend that, use another mask, or limit the mask with `where`.',
    ),
  ]
}

function judgePaths(subject: string, { column, mask }: WantedMask, { values, ofPaths }: Compared): Finding[] {
  if (values < FEWEST_VALUES) return []
  const unmet = (mask.paths ?? []).filter((_, index) => ofPaths[index] === 0)
  if (unmet.length === 0) return []
  return [
    noteFinding(
      subject,
      `the mask of column "${column}" has paths that match nothing in ${values} sampled values: ${unmet.join(', ')}`,
      'Write each path as the values have it; case counts. Without `paths`, all strings are replaced.',
    ),
  ]
}

function judgeNoise(subject: string, { column }: WantedMask, { values, unchanged }: Compared): Finding[] {
  if (values < FEWEST_VALUES || unchanged < values * STAYING_NUMBERS) return []
  return [
    noteFinding(
      subject,
      `the noise of column "${column}" leaves ${unchanged} of ${values} sampled numbers as they are`,
      'A few percent of a small number are rounded to nothing. Raise `percent`, use `null` or `constant`, or write SQL that adds at least 1.',
    ),
  ]
}
