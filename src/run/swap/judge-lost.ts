import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { ColumnDetails } from '../../schema/table-details.ts'
import type { ColumnName } from '../../state/swaps.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import { countKinds, describeCreated } from '../creation/describe-created.ts'
import type { LostOfTable } from './find-lost.ts'

/** The facts that decide whether something may be lost. */
export type LostRules = Pick<RunRules, 'accept' | 'columns'>

/**
 * Findings about what the new database will lack in tables of both. Columns with values and row-level security refuse a swap; other objects
 * are noted.
 * @param isExpectedOfAfter whether SQL of `after` has not run yet, and may add what is missing
 */
export async function judgeLost(
  session: Session,
  lost: readonly LostOfTable[],
  rules: LostRules,
  isExpectedOfAfter: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { table, columns, security, others, redefined } of lost) {
    const values = await findValues(session, table, columns)
    const filled = columns.filter((_, at) => values[at] !== 'none')
    for (const [at, column] of columns.entries())
      findings.push(...judgeColumn(table, column.name, values[at] ?? 'none', rules, isExpectedOfAfter))
    if (security.length > 0) findings.push(judgeSecurity(table, security, rules, isExpectedOfAfter))
    if (redefined.length > 0 && !isExpectedOfAfter) findings.push(noteRedefined(table, redefined))
    const empty = columns
      .filter((column) => !filled.includes(column))
      .map(({ name }) => ({ kind: 'column', identity: `COLUMN ${identifier(name)}` }))
    const noted = [...empty, ...others]
    if (noted.length > 0 && !isExpectedOfAfter) findings.push(noteOthers(table, noted))
  }
  return coded('swap', findings)
}

/** Whether SQL of `after` has restored fewer values of columns than the target has. */
export async function judgeAfterColumns(
  old: Session,
  next: Session,
  columns: readonly ColumnName[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { table, column } of columns) {
    const [then, now] = [await countValues(old, table, column), await countValues(next, table, column)]
    if (then === undefined || now === undefined) continue
    if (now.filled >= then.filled || now.filled === now.rows) continue
    findings.push(
      errorFinding(
        displayName(table),
        `column "${column}" has ${then.filled} values in the target and ${now.filled} in the new database, where SQL of \`after\` has added it: the others would only be in the previous database`,
        `Have \`after\` write them, or leave them behind: ${LEAVE}.`,
      ),
    )
  }
  return coded('swap', findings)
}

/** The end of a note about something that SQL of `after` may add. */
const UNLESS_AFTER = 'unless SQL of `after` adds it, the run fails before the switch'

type Values = 'none' | 'some' | 'unknown'

const LEAVE = 'name the column in `columns` of the profile (`exclude`)'

function judgeColumn(
  table: TableName,
  column: string,
  values: Values,
  { columns }: LostRules,
  isExpectedOfAfter: boolean,
): Finding[] {
  if (values === 'none') return []
  const subject = displayName(table)
  const has = values === 'some' ? 'has' : 'may have'
  if (columns.some((rule) => isSameTable(rule.table, table) && rule.exclude.includes(column))) {
    return [
      noteFinding(
        subject,
        `column "${column}" ${has} values in the target that will only be in the previous database: the source has no such column`,
        'No action is needed: `columns` of the profile names it.',
      ),
    ]
  }
  if (isExpectedOfAfter) {
    return [
      noteFinding(
        subject,
        `column "${column}" ${has} values in the target and is not in the source; ${UNLESS_AFTER}`,
        `To leave its values behind, ${LEAVE}.`,
      ),
    ]
  }
  return [
    errorFinding(
      subject,
      `column "${column}" ${has} values in the target${values === 'some' ? '' : ', which the role may not read,'} and is not in the source: they would only be in the previous database`,
      `Empty it in the target, add and fill it by SQL of \`after\`, or leave the values behind: ${LEAVE}. \`strategy: merge\` leaves them as they are.`,
    ),
  ]
}

function judgeSecurity(
  table: TableName,
  security: readonly string[],
  { accept }: LostRules,
  isExpectedOfAfter: boolean,
): Finding {
  const message = `row-level security of the target is not in the source, and the new database would lack it: ${security.join(', ')}`
  const subject = displayName(table)
  const code = 'row-security' as const
  if (isExpectedOfAfter) {
    const unless = `${message}; ${UNLESS_AFTER}`
    return { ...noteFinding(subject, unless, 'If it is not needed: `accept: [row-security]`.'), code }
  }
  if (accept.includes(code)) return { ...noteFinding(subject, message), code }
  const hint =
    'Create it in the source, or by SQL of `after`; where it is not needed: `accept: [row-security]`. `strategy: merge` leaves it as it is.'
  return { ...errorFinding(subject, message, hint), code }
}

function noteRedefined(table: TableName, policies: readonly string[]): Finding {
  const message = `row-level security of the target becomes that of the source, which defines it otherwise: ${policies.join(', ')}`
  const hint = 'If the target needs its own, create it again by SQL of `after`, under another name.'
  return { ...noteFinding(displayName(table), message, hint), code: 'row-security' }
}

function noteOthers(table: TableName, lost: readonly { kind: string; identity: string }[]): Finding {
  return noteFinding(
    displayName(table),
    `the new database lacks objects of this table that the source does not have: ${describeCreated(countKinds(lost))}: ${lost.map(({ identity }) => identity).join(', ')}`,
    'If it is needed, create it in the source, or by SQL of `after`; `mbsync rollback` brings the previous database back.',
  )
}

/** A constant default: rows with this value have no value of their own. It is compared as text, so that no code of users runs. */
const CONSTANT = /^(?:'((?:[^']|'')*)'::.+|(-?\d+(?:\.\d+)?)|(true|false))$/
const NUMBER = /^-?\d+(?:\.\d+)?$/
const NUMERIC = /^(?:numeric|smallint|integer|bigint)\b/

async function findValues(
  session: Session,
  table: TableName,
  columns: readonly ColumnDetails[],
): Promise<Values[]> {
  const values: Values[] = []
  for (const column of columns) {
    if (column.generated !== undefined) values.push('none')
    else if (!(await isReadable(session, table, column.name))) values.push('unknown')
    else {
      const { has } = await withUserPath(session, 'reading', () =>
        session.queryOne<{ has: boolean }>(
          `SELECT EXISTS (SELECT FROM ${relation(table)} AS t WHERE ${isValue(column)}) AS has`,
        ),
      )
      values.push(has ? 'some' : 'none')
    }
  }
  return values
}

function isValue({ name, type, default: initial = '' }: ColumnDetails): string {
  const value = `t.${identifier(name)}`
  const [, quoted, number, truth] = CONSTANT.exec(initial) ?? []
  const text = quoted?.replaceAll("''", "'") ?? number ?? truth?.slice(0, 1)
  // A composite value with an empty field is still a value.
  if (text === undefined) return `${value} IS DISTINCT FROM NULL`
  if (NUMERIC.test(type) && NUMBER.test(text))
    return `${value} OPERATOR(pg_catalog.<>) (${text})::${type.startsWith('numeric') ? 'pg_catalog.numeric' : 'pg_catalog.int8'}`
  return `pg_catalog.format('%s', ${value}) OPERATOR(pg_catalog.<>) ${literal(text)} AND ${value} IS DISTINCT FROM NULL`
}

/** Also for an empty table, if the role may not read its values. */
async function isReadable(session: Session, table: TableName, column: string): Promise<boolean> {
  const [found] = await session.query<{ is: boolean }>(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, $3::text, 'SELECT') AND NOT row_security_active(c.oid) AS is
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [table.schema, table.name, column],
  )
  return found?.is === true
}

async function countValues(
  session: Session,
  table: TableName,
  column: string,
): Promise<{ readonly rows: number; readonly filled: number } | undefined> {
  const [there] = await session.query<Record<string, unknown>>(
    `SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped`,
    [table.schema, table.name, column],
  )
  if (there === undefined || !(await isReadable(session, table, column))) return undefined
  return withUserPath(session, 'reading', () =>
    session.queryOne<{ rows: number; filled: number }>(
      `SELECT count(*)::float8 AS rows, count(${identifier(column)})::float8 AS filled FROM ${relation(table)}`,
    ),
  )
}
