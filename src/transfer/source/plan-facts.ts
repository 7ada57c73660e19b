import type { TableName } from '../../core/table-name.ts'
import {
  type ForeignCode,
  readConditionCode,
  readPlannedCode,
} from '../../postgres/catalog/read-foreign-code.ts'
import { readHarmlessRoles } from '../../postgres/catalog/read-harmless-roles.ts'
import { readScriptedPlans } from '../../postgres/catalog/read-scripted-code.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'

/** The properties of a table that decide whether it may be queried. */
export type GuardedTable = Pick<LiveTable, 'name' | 'partitions' | 'where'>

/** Which code would be run with rights that its owner does not have. */
export interface Allowed {
  /** The roles that could gain nothing, although they are not trusted. */
  readonly harmless: ReadonlySet<string>
  /** Whether tables of other roles are queried after a look at what the planner would call. */
  readonly looks: boolean
}

/** The facts that decide whether tables may be queried. */
export interface PlanFacts {
  readonly role: string
  readonly allowed: Allowed
  /** What of each relation may call functions, by object id. */
  readonly partsBefore: Map<number, string>
  readonly plannedCode: readonly ForeignCode[]
  readonly byCondition: readonly ForeignCode[]
  readonly scripted: readonly number[]
}

/**
 * Reads these facts, only from catalogs. `coordinator` must hold locks on the tables, and `witness` must see the current catalog.
 * @param isTarget whether the database is one that mbsync writes, so that code of its owners runs anyway
 */
export async function readPlanFacts(
  coordinator: Session,
  witness: Session,
  tables: readonly GuardedTable[],
  isTarget: boolean,
): Promise<PlanFacts> {
  const oidsOf = (some: readonly GuardedTable[]) =>
    some.flatMap(({ partitions }) => partitions.map(({ oid }) => oid))
  const isUndecided = witness.trustedRoles === undefined
  const [{ role }, harmless, partsBefore, plannedCode, byCondition, scripted] = await Promise.all([
    witness.queryOne<{ role: string }>('SELECT current_user::text AS role'),
    isUndecided && !isTarget ? readHarmlessRoles(witness) : [],
    // The order matters: a part that is added in between counts as new at the next look.
    readParts(witness, oidsOf(tables)).then((rows) => new Map(rows.map(({ oid, parts }) => [oid, parts]))),
    readPlannedCode(witness, oidsOf(tables)),
    readConditionCode(witness, oidsOf(tables.filter(({ where }) => where !== undefined))),
    readScriptedPlans(coordinator, oidsOf(tables)),
  ])
  const allowed = { harmless: new Set(harmless), looks: isUndecided && isTarget }
  return {
    role,
    allowed,
    partsBefore,
    plannedCode: harmfulOf(allowed, plannedCode),
    byCondition: harmfulOf(allowed, byCondition),
    scripted,
  }
}

/** The code whose owners could gain something. */
export function harmfulOf({ harmless }: Allowed, code: readonly ForeignCode[]): ForeignCode[] {
  return code.filter(({ owner }) => !harmless.has(owner))
}

/** What of a relation may call functions. */
export interface RelationParts extends Record<string, unknown>, TableName {
  readonly oid: number
  readonly parts: string
}

/** Reads this as it is now. */
export function readParts(witness: Session, oids: readonly number[]): Promise<RelationParts[]> {
  return oids.length === 0 ? Promise.resolve([]) : witness.query<RelationParts>(PARTS_SQL, [oids])
}

/** None of these parts can change its expression without becoming another part. */
const PARTS_SQL = `
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS name, concat_ws(' ',
  (SELECT string_agg(i.indexrelid::text, ',' ORDER BY i.indexrelid) FROM pg_index i
   WHERE i.indrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)), '/',
  (SELECT string_agg(s.oid::text, ',' ORDER BY s.oid) FROM pg_statistic_ext s WHERE s.stxrelid = c.oid)) AS parts
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('r', 'p', 'm')`

/** What is necessary to plan queries over relations, by their object ids. */
interface ProbedPlans {
  /** Those whose expressions name objects that only the search path of users finds. */
  readonly underUserPath: ReadonlySet<number>
  /** Those that cannot be queried at all, and why. */
  readonly impossible: ReadonlyMap<number, string>
}

/**
 * Plans a query over each relation whose indexes call functions that PostgreSQL may have to resolve names for (`scripted`), because it
 * copies the text of SQL functions into expressions. `session` must hold locks on them in its transaction, so that it never waits.
 */
export async function probePlans(
  session: Session,
  partitions: readonly Partition[],
  scripted: ReadonlySet<number>,
): Promise<ProbedPlans> {
  const underUserPath = new Set<number>()
  const impossible = new Map<number, string>()
  for (const { oid, name } of partitions) {
    if (!scripted.has(oid)) continue
    const sql = `SELECT FROM ONLY ${relation(name)}`
    if ((await whyNotPlanned(session, () => session.plan(sql))) === undefined) continue
    const why = await whyNotPlanned(session, () => withUserPath(session, 'reading', () => session.plan(sql)))
    if (why === undefined) underUserPath.add(oid)
    else impossible.set(oid, why)
  }
  return { underUserPath, impossible }
}

async function whyNotPlanned(session: Session, plan: () => Promise<void>): Promise<string | undefined> {
  await session.execute('SAVEPOINT probe')
  try {
    await plan()
    return undefined
  } catch (error) {
    if (error instanceof DatabaseError && isUnresolvedName(error.sqlState)) return error.message
    // Privileges are checked elsewhere.
    if (error instanceof DatabaseError && !error.isConnectionLost) return undefined
    throw error
  } finally {
    await session.execute('ROLLBACK TO SAVEPOINT probe').catch(() => undefined)
  }
}
