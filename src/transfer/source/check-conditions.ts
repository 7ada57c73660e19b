import { FailedError } from '../../core/errors.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { readPartitions } from '../../postgres/catalog/read-partitions.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from '../../postgres/explain-error.ts'
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
 * and their functions read: one that is truncated meanwhile would seem empty.
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
 * Proves, when all rows have been read, that functions of conditions have read the tables of the snapshot, also those that were not found
 * beforehand. A session keeps its locks on what it has read, so the storage that it has read is that of this moment.
 * @throws FailedError naming a table that was truncated or rewritten meanwhile
 */
export async function expectConditionsAsShown(
  { coordinator, readers, witness }: Snapshot,
  tables: readonly LiveTable[],
): Promise<void> {
  if (!tables.some(({ where }) => where !== undefined && callsUsers(where))) return
  const pids = [coordinator, ...readers].map(({ pid }) => pid)
  const now = await witness.query<LockedTable>(LOCKED_TABLES_SQL, [pids])
  // The coordinator may have been idle for hours.
  const [looking = coordinator] = readers
  const shown = await looking.query<{ oid: number; storage: number }>(STORAGE_SQL, [
    now.map(({ oid }) => oid),
  ])
  const storageOf = new Map(shown.map(({ oid, storage }) => [oid, storage]))
  const altered = now.find(({ oid, storage, isPartition }) => {
    const own = storageOf.get(oid)
    // The snapshot shows no row of a partition that is newer.
    return own === undefined ? !isPartition : own !== storage
  })
  if (altered === undefined) return
  throw new FailedError(
    `${witness.database}: ${displayName(altered)}, which a function in a \`where\` condition reads, was truncated or replaced meanwhile`,
    { hint: 'Nothing has changed in the target. Run again when the job that does this is done.' },
  )
}

interface LockedTable extends Record<string, unknown>, TableName {
  readonly oid: number
  readonly storage: number
  readonly isPartition: boolean
}

const STORAGE_SQL = 'SELECT oid, relfilenode AS storage FROM pg_class WHERE oid = ANY ($1::oid[])'

/** The relations that transactions of these backends have locked, besides those of the catalog. */
const LOCKED_SQL = `
SELECT l.relation FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = ANY ($1::int[]) AND l.granted AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND c.relnamespace <> 'pg_catalog'::regnamespace`

const LOCKED_TABLES_SQL = `
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relfilenode AS storage, c.relispartition AS "isPartition"
FROM (${LOCKED_SQL}) AS l (oid) JOIN pg_class c ON c.oid = l.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm')`

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
  const { words } = expressionWords(where)
  if (words.includes('select') || words.includes('table') || callsUsers(where)) return true
  return (await findExpressionProblem(witness, where)) !== undefined
}

/** Whether a condition calls functions that users may have written. */
function callsUsers(where: string): boolean {
  const { calls, operatorSchemas } = expressionWords(where)
  return [...calls.flatMap(({ schema }) => schema ?? []), ...operatorSchemas].some(
    (schema) => schema !== 'pg_catalog',
  )
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
  table: LiveTable,
  where: string,
): Promise<Finding[]> {
  const { name, partitions } = table
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
  const found = callsUsers(where) ? await findReadByFunctions(witness, guard, table, where, read) : []
  const beside = await readPartitions(
    witness,
    found.filter(({ isTable }) => isTable).map(({ oid }) => oid),
  )
  const stored = new Set(
    [...parsed, ...found].filter(({ isMaterialized }) => isMaterialized).map(({ oid }) => oid),
  )
  await alsoHold(
    [...read, ...beside].map(({ oid, name: own, canSelect }) => {
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
    return witness.query<NamedRelation>(NAMED_RELATIONS_SQL, [[witness.pid]])
  })
}

/** Functions may read other tables for other rows. */
const ROWS_TO_TRY = 100

/**
 * What the functions of a condition read, for some rows of the table: nothing names it, but a transaction has locks on what it has read. The
 * functions may fail, here as later.
 */
async function findReadByFunctions(
  witness: Session,
  guard: PlanGuard,
  { name, isPartitioned, partitions }: LiveTable,
  where: string,
  named: readonly Partition[],
): Promise<NamedRelation[]> {
  const rows = `${isPartitioned ? '' : 'ONLY '}${relation(name)} AS ${identifier(name.name)}`
  const found = await witness
    .transaction('BEGIN READ ONLY', async () => {
      await guard.prepareFor(witness, [...partitions, ...named])
      await witness.execute(`SELECT (${where}\n) FROM ${rows} LIMIT ${ROWS_TO_TRY}`)
      return witness.query<NamedRelation>(NAMED_RELATIONS_SQL, [[witness.pid]])
    })
    .catch((error: unknown) => {
      if (error instanceof DatabaseError && error.sqlState !== LOCK_NOT_AVAILABLE) return []
      throw error
    })
  await leaveUserPath(witness)
  return found
}

/** What the parser or an execution has locked, and what is beneath that. */
const NAMED_RELATIONS_SQL = `
WITH RECURSIVE tree (oid) AS (${LOCKED_SQL}
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
