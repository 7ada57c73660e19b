import { coded, type Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { readPartitions } from '../../postgres/catalog/read-partitions.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Snapshot } from '../../postgres/snapshot.ts'
import { leaveUserPath } from '../../postgres/user-path.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import type { Selection } from '../inspect/inspection.ts'
import { conditionsOf } from '../inspect/select-relations.ts'
import { findExpressionProblem } from '../masks/expression-problem.ts'
import { expressionWords } from '../masks/expression-words.ts'
import { errorFinding } from '../validate/finding.ts'
import type { Obstacle, PlanGuard } from './plan-guard.ts'

/**
 * Lets the source parse each `where` condition without reading a row, so that an invalid one is found before any row is read. Each must be
 * one complete condition. Neither its table nor another one that it reads may make the planner run code of other roles; see {@link
 * PlanGuard}. Tables that the role may not read are left to the rules about privileges. The snapshot also protects the tables that conditions
 * read: one that is truncated meanwhile would seem empty.
 */
export async function checkConditions(
  snapshot: ConditionSnapshot,
  guard: PlanGuard,
  selection: Selection,
  tables: readonly LiveTable[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const table of tables) {
    const { name, where } = table
    if (where === undefined) continue
    const obstacle = guard.whyNoCondition(name)
    if (obstacle !== undefined) findings.push(noCondition(name, obstacle))
    else if (isReadable(table)) {
      const conditions = conditionsOf(selection, name)
      const found = await checkTogether(snapshot, guard, table, conditions)
      if (found !== undefined) findings.push(found)
    }
  }
  return coded('where', findings)
}

/**
 * The tables whose `where` may become true of a row without that row being written: it reads other rows, or calls a function that depends on
 * the moment or that a user may replace.
 */
export async function findMovingConditions(
  witness: Session,
  tables: readonly Pick<LiveTable, 'name' | 'where'>[],
): Promise<TableSet> {
  const moving = new TableSet()
  for (const { name, where } of tables)
    if (where !== undefined && (await mayMove(witness, where))) moving.add(name)
  return moving
}

async function mayMove(witness: Session, where: string): Promise<boolean> {
  const { words, calls, operatorSchemas } = expressionWords(where)
  const schemas = [...calls.map(({ schema }) => schema ?? 'pg_catalog'), ...operatorSchemas]
  if (words.includes('select') || words.includes('table')) return true
  if (schemas.some((schema) => schema !== 'pg_catalog')) return true
  return (await findExpressionProblem(witness, where)) !== undefined
}

type ConditionSnapshot = Pick<Snapshot, 'coordinator' | 'witness' | 'alsoHold'>

function isReadable({ partitions }: LiveTable): boolean {
  return partitions.every(
    (partition) => partition.canUseSchema && partition.canSelect && !partition.isRowSecurityActive,
  )
}

/** What is wrong with the first invalid condition of a table. */
async function checkTogether(
  snapshot: ConditionSnapshot,
  guard: PlanGuard,
  table: LiveTable,
  conditions: readonly string[],
): Promise<Finding | undefined> {
  for (const condition of conditions) {
    const [found] = await checkCondition(snapshot, guard, table, condition)
    if (found !== undefined) return found
  }
  return undefined
}

async function checkCondition(
  { coordinator: source, witness, alsoHold }: ConditionSnapshot,
  guard: PlanGuard,
  { name, partitions }: LiveTable,
  where: string,
): Promise<Finding[]> {
  const from = `SELECT FROM ONLY ${relation(name)} AS ${identifier(name.name)} WHERE `
  const parsed = await findRead(witness, `${from}${where}`).catch((error: unknown) =>
    wrongCondition(name, error),
  )
  if (!Array.isArray(parsed)) return [parsed]
  const view = parsed.find(({ isTable }) => !isTable)
  if (view !== undefined) return [readsView(name, view)]
  const oids = parsed.map(({ oid }) => oid)
  const read = await readPartitions(witness, oids)
  const obstacle = await guard.whyNotNamed(read)
  if (obstacle !== undefined) return [noCondition(name, obstacle)]
  guard.addRead(name, read)
  await source.execute('SAVEPOINT condition')
  await guard.prepareFor(source, [...partitions, ...read])
  const failure = await source.execute(`${from}(${where}\n) LIMIT 0`).then(
    () => undefined,
    (error: unknown) => wrongCondition(name, error),
  )
  await source.execute('ROLLBACK TO SAVEPOINT condition')
  await leaveUserPath(source)
  if (failure !== undefined) return [failure]
  const stored = new Set(parsed.filter(({ isMaterialized }) => isMaterialized).map(({ oid }) => oid))
  await alsoHold(
    read.map(({ oid, name: own, canSelect }) => {
      return { oid, name: own, isLockable: canSelect && !stored.has(oid) }
    }),
  )
  return []
}

interface NamedRelation extends Record<string, unknown>, TableName {
  readonly oid: number
  readonly isTable: boolean
  readonly isMaterialized: boolean
}

/**
 * The relations that a statement names, including those beneath them. The condition must be the end of a complete statement: one that
 * closes a parenthesis which it has not opened fails here, and one that is more than a condition fails within parentheses.
 */
async function findRead(witness: Session, statement: string): Promise<NamedRelation[]> {
  return witness.transaction('BEGIN READ ONLY', async () => {
    await witness.parse(statement)
    return witness.query<NamedRelation>(NAMED_RELATIONS_SQL)
  })
}

/** The parser has locked these relations. Otherwise the transaction has locks only on the relations that this query reads. */
const NAMED_RELATIONS_SQL = `
WITH RECURSIVE tree (oid) AS (
  SELECT l.relation FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
  WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND c.relnamespace <> 'pg_catalog'::regnamespace
  UNION
  SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
)
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS name, c.relkind IN ('r', 'p', 'm') AS "isTable",
  c.relkind = 'm' AS "isMaterialized"
FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace`

/** Newer servers refuse it themselves. */
function readsView(name: TableName, view: TableName): Finding {
  return errorFinding(
    displayName(name),
    `has a \`where\` condition that reads ${displayName(view)}, which is not a table`,
    'Write what the view reads into the condition.',
  )
}

function noCondition(name: TableName, { reason, owner }: Obstacle): Finding {
  return errorFinding(
    displayName(name),
    `has a \`where\` condition that cannot be used: ${reason}`,
    owner !== undefined
      ? `Exclude the table, or remove the condition. If mbsync may run code of role ${owner} with its own rights, name the role under \`trust\` of the database in mbsync.yaml.`
      : 'Exclude the table, or remove the condition. Or give the function of the index a search path: ALTER FUNCTION … SET search_path = ….',
  )
}

function wrongCondition(name: TableName, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    severity: 'error',
    subject: displayName(name),
    message: `its \`where\` condition is not valid: ${reason}`,
    hint: 'Correct it in mbsync.yaml or on the command line. The search_path is empty: qualify functions, types and operators outside pg_catalog.',
  }
}
