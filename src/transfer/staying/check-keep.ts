import { coded, type Finding } from '../../core/finding.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import { userPath, withUserPath } from '../../postgres/user-path.ts'
import type { Inspection, Selection } from '../inspect/inspection.ts'
import { isTable } from '../inspect/select-relations.ts'
import { namedAsItself } from '../inspect/stay-rule.ts'
import { findExpressionProblem } from '../masks/expression-problem.ts'
import { expressionWords } from '../masks/expression-words.ts'
import { tableSql } from '../merge/row-sql.ts'
import { errorFinding } from '../validate/finding.ts'

/**
 * Errors in the rules about rows that stay. The target parses each condition, without reading a row. `others` are tables that this run may
 * leave as they are.
 */
export async function checkKeep(
  session: Session,
  { selection, pairs }: Pick<Inspection, 'selection' | 'pairs'>,
  others: readonly TableName[],
): Promise<Finding[]> {
  const findings = findUnused(selection, () => [...pairs.map(({ target }) => target.name), ...others])
  for (const { target, stays } of pairs) {
    if (stays?.condition === undefined || stays.isWhole) continue
    const problem = await findConditionProblem(session, target, stays.condition)
    if (problem !== undefined) findings.push(wrongCondition(target.name, problem))
  }
  return coded('keep', findings)
}

/** The same for conditions alone, before anything is known about the tables. Tables that the target lacks are ignored. */
export async function checkConditionsOfKeep(
  session: Session,
  { keep = [] }: Pick<Selection, 'keep'>,
): Promise<Finding[]> {
  const conditions = keep.flatMap(({ table, rows }) => (rows === true ? [] : [{ table, rows }]))
  if (conditions.length === 0) return []
  const relations = new TableMap((await listRelations(session)).map((each) => [each.name, each]))
  const findings: Finding[] = []
  for (const { table: name, rows } of conditions) {
    const found = relations.get(name)
    if (found === undefined || !isTable(found)) continue
    const table = { name, isPartitioned: found.kind === 'partitioned' }
    const problem = await findConditionProblem(session, table, rows)
    if (problem !== undefined) findings.push(wrongCondition(name, problem))
  }
  return coded('keep', findings)
}

/** Rules for tables outside the run. A table that `--table` leaves out is not a mistake in the profile. */
function findUnused({ keep = [], deletes, only }: Selection, listRun: () => readonly TableName[]): Finding[] {
  if (only.length > 0 || (keep.length === 0 && deletes === undefined)) return []
  const inRun = new TableSet(listRun())
  const unused = (key: string, rules: readonly { readonly table: TableName }[]) =>
    rules
      .filter(({ table }) => !inRun.has(table))
      .map(({ table }) =>
        errorFinding(
          displayName(table),
          `is named in \`${key}\`, and is not among the tables of the run`,
          'Correct the name, or remove the rule: a run writes only to the tables that it copies.',
        ),
      )
  return [...unused('keep', keep), ...unused('deletes', deletes?.tables ?? [])]
}

/** Why a condition cannot decide which rows of a table stay; undefined if it can. Reads only catalogs. */
async function findConditionProblem(
  session: Session,
  table: Pick<Table, 'name' | 'isPartitioned'>,
  condition: string,
): Promise<string | undefined> {
  const { words } = expressionWords(condition)
  if (words.includes('select') || words.includes('table'))
    return 'it reads other rows, but may only use the row itself'
  // Under the search path that merges use.
  const { schemas } = await userPath(session)
  const problem = await findExpressionProblem(session, condition, schemas)
  if (problem !== undefined) return `it ${problem}`
  // System columns change with every write. In a subquery they do not exist.
  const from = `SELECT FROM ${namedAsItself(`(SELECT * FROM ${tableSql(table)} AS t)`, table.name)} WHERE `
  for (const sql of [`${from}${condition}`, `${from}(${condition}\n)`]) {
    const failure = await session
      .transaction('BEGIN READ ONLY', async () => {
        // Policies that hide rows from their owner make a query fail even before it reads any.
        await session.execute('SET LOCAL row_security = on')
        await withUserPath(session, 'reading', () => session.parse(sql))
      })
      .then(
        () => undefined,
        (error: unknown) => messageOf(error).replace(`${session.database}: `, ''),
      )
    if (failure !== undefined) return failure
  }
  return undefined
}

function wrongCondition(name: TableName, problem: string): Finding {
  return errorFinding(
    displayName(name),
    `its \`keep\` condition is not valid: ${problem}`,
    'Correct it in mbsync.yaml. The target evaluates it for each of its rows, with names of its own search path; qualify those of other schemas.',
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
