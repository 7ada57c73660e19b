import { coded, type Finding } from '../../core/finding.ts'
import { displayName, isSameTable } from '../../core/table-name.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import type { PlanGuard } from '../source/plan-guard.ts'
import { errorFinding } from '../validate/finding.ts'
import { findExpressionProblem } from './expression-problem.ts'
import { bareColumnOf } from './expression-words.ts'
import type { WantedMask } from './mask-groups.ts'

/**
 * Lets the source parse the SQL of masks, without reading a row. Each must be one complete expression that reads only its row and depends
 * on nothing else, because an incremental run reads only changed rows.
 */
export async function checkMasks(
  witness: Session,
  guard: PlanGuard,
  tables: readonly LiveTable[],
  wanted: readonly WantedMask[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const table of tables) {
    const own = wanted.filter((each) => isSameTable(each.table, table.name))
    if (own.length === 0) continue
    const obstacle = guard.whyOnlyCopied(table.name)
    if (obstacle !== undefined)
      findings.push(
        errorFinding(
          displayName(table.name),
          `has masks that cannot be used: ${obstacle.reason}`,
          'Exclude the table, or name the role under `trust` of the database in mbsync.yaml.',
        ),
      )
    else for (const each of own) findings.push(...(await checkMask(witness, table, each)))
  }
  return coded('mask', findings)
}

async function checkMask(
  witness: Session,
  table: LiveTable,
  { mask, column }: WantedMask,
): Promise<Finding[]> {
  const found = table.columns.find(({ name }) => name === column)
  if (found === undefined) return []
  const texts = [
    ...(mask.kind === 'sql' ? [{ what: 'it', sql: mask.expression ?? '', as: ` AS ${found.baseType}` }] : []),
    ...(mask.where === undefined ? [] : [{ what: 'the condition', sql: mask.where, as: ' AS boolean' }]),
  ]
  const findings: Finding[] = []
  const bare = bareColumnOf(mask.expression ?? '', {
    table: table.name.name,
    columns: table.columns.map(({ name }) => name),
  })
  if (mask.kind === 'sql' && bare !== undefined)
    findings.push(
      errorFinding(
        displayName(table.name),
        `the mask of column "${column}" is column "${bare}" unchanged`,
        'Write an expression that hides the value, or a ready-made mask as docs/PRIVACY.md spells it: first-name, iban.',
      ),
    )
  for (const { what, sql, as } of texts) {
    const problem = await whyNoExpression(witness, table, sql, as)
    if (problem === undefined) continue
    findings.push(
      errorFinding(
        displayName(table.name),
        `the mask of column "${column}" cannot be used: ${what} ${problem}`,
        'Correct it in mbsync.yaml. It may use the columns of its row and immutable functions; qualify what is not in pg_catalog.',
      ),
    )
  }
  if (mask.kind === 'constant') {
    const constant = await witness
      .query(`SELECT CAST($1::pg_catalog.text AS ${found.baseType})::pg_catalog.text`, [mask.value])
      .then(
        () => undefined,
        () => `is no value of type ${found.baseType}`,
      )
    if (constant !== undefined)
      findings.push(
        errorFinding(
          displayName(table.name),
          `the constant of column "${column}" ${constant}`,
          'Write a value of that type; of an enum, one of its labels.',
        ),
      )
  }
  return findings
}

async function whyNoExpression(
  witness: Session,
  { name, columns }: LiveTable,
  sql: string,
  as: string,
): Promise<string | undefined> {
  // Rows of the same types without the table. So anything else that gets locked is read by the expression itself.
  const row = columns.map((column) => `NULL::${column.baseType} AS ${identifier(column.name)}`)
  const from = `FROM (SELECT ${row.join(', ')}) AS ${identifier(name.name)}`
  try {
    const names = await witness.transaction('BEGIN READ ONLY', async () => {
      // An expression that closes a parenthesis which it has not opened fails here.
      await witness.parse(`SELECT ${sql}\n ${from}`)
      await witness.parse(`SELECT CAST((${sql}\n)${as}) ${from}`)
      return witness.query<{ name: string }>(READ_SQL)
    })
    if (names[0] !== undefined) return `reads ${names[0].name}: a change there does not show in the row`
  } catch (error) {
    return `is not valid: ${error instanceof Error ? error.message : String(error)}`
  }
  return findExpressionProblem(witness, sql)
}

const READ_SQL = `
SELECT c.relname::text AS name FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND c.relnamespace <> 'pg_catalog'::regnamespace`
