import type { RunRules } from '../../config/config.ts'
import { RefusedError } from '../../core/errors.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { TO_BECOME_SQL } from '../../postgres/catalog/to-become.ts'
import { type Database, withDatabaseBeside } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { readSchemaNow } from '../../schema/read-schema.ts'
import { isTable } from '../../transfer/inspect/select-relations.ts'
import { stayRuleOf } from '../../transfer/inspect/stay-rule.ts'
import { checkConditionsOfKeep } from '../../transfer/staying/check-keep.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import { inherit } from '../../transfer/validate/owner-advice.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'
import { type Brought, findLeftBehind, plannedToBring } from './find-left-behind.ts'
import { findLost } from './find-lost.ts'
import { judgeSettings } from './give-settings.ts'
import { judgeCarried } from './judge-carried.ts'
import { judgeHost } from './judge-host.ts'
import { judgeLost } from './judge-lost.ts'
import { judgeTarget } from './judge-target.ts'
import { readSwapFacts } from './read-swap-facts.ts'
import { swapName } from './swap-name.ts'
import { withMaintenance } from './with-maintenance.ts'

/** What is known about a swap beforehand. */
export interface JudgedSwap {
  readonly findings: readonly Finding[]
  /** What only the target has in tables of both sides. This is judged again at the end, when SQL of `after` has run, too. */
  readonly early: readonly Finding[]
}

/** Finds everything that can be known about a swap beforehand, except what its schema needs. Changes nothing. */
export async function judgeSwap(
  target: Database,
  session: Session,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
): Promise<JudgedSwap> {
  const ofHost = await judgeHost(session)
  if (ofHost.length > 0) return { findings: ofHost, early: [] }
  const ofServer = await judgeServer(target, session, rules)
  const source = await origin.lookAtSchema()
  const old = source === undefined ? undefined : await readSchemaNow(session)
  const known = old === undefined || source === undefined ? undefined : { old, source }
  const brought = await plannedToBring(origin, rules, options)
  const findings = [
    ...ofServer,
    ...judgePurge(rules, options),
    ...coded('swap', await findLeftBehind(session, brought, options)),
    ...(await checkConditionsOfKeep(session, rules)),
    ...(await judgeStaying(session, rules, brought)),
    ...(known === undefined ? [] : await judgeCarried(session, known.old, known.source, rules)),
  ]
  // What SQL of `after` adds is known only after it has run.
  const hasAfter = (options.after ?? []).length > 0
  const lost = known === undefined ? [] : findLost(known.old, known.source)
  return { findings, early: await judgeLost(session, lost, rules, hasAfter) }
}

/** A swap replaces a whole database, including its undo sets. A purge would not be complete if the previous database kept them. */
function judgePurge({ to }: RunRules, { purge }: RunOptions): Finding[] {
  if (purge === undefined) return []
  return coded('swap', [
    errorFinding(
      to.name,
      '--purge cannot be used with a swap: the previous database keeps its values',
      'Run without --purge, with `swap: { keep: 0 }`, which drops the previous database; or write the target in place: `strategy: merge`.',
    ),
  ])
}

/**
 * Findings about the database as a whole. What creates and renames databases may be another role; if it cannot connect, that of the target is
 * judged.
 */
async function judgeServer(target: Database, session: Session, rules: RunRules): Promise<Finding[]> {
  const judge = async (maintenance: Session) => {
    const facts = await readSwapFacts(session, maintenance)
    return [
      ...judgeTarget(facts, rules),
      ...(await judgeAccess(target, session, facts.database)),
      ...(await judgeSettings(maintenance, facts, rules)),
    ]
  }
  try {
    return await withMaintenance(target, session, async (other) => judge(await other.session()))
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    const message = error.message.replace(`${target.name}: `, '')
    const found = coded('swap', [errorFinding(target.name, message, error.hint ?? '')])
    return [...(await judge(session)), ...found]
  }
}

interface Rights {
  readonly role: string
  readonly owner: string
  readonly isDormantOwner: boolean
  readonly canRead: boolean
  readonly canLock: boolean
  readonly isHidden: boolean
}

/** Errors about tables with rows that stay: the role must be able to read them, and to keep writers out of them before the switch. */
async function judgeStaying(
  session: Session,
  { keep, deletes }: Pick<RunRules, 'keep' | 'deletes'>,
  { isBrought }: Brought,
): Promise<Finding[]> {
  const rules = { ...(keep && { keep }), ...(deletes && { deletes }) }
  const tables = (await listRelations(session)).filter(
    (table) => isTable(table) && isBrought(table) && stayRuleOf(rules, table.name) !== undefined,
  )
  const rights = await session.query<Rights & { readonly oid: number } & Record<string, unknown>>(
    RIGHTS_SQL,
    [tables.map(({ oid }) => oid)],
  )
  return coded(
    'keep',
    rights.flatMap(({ oid, ...right }) => {
      const table = tables.find((each) => each.oid === oid)
      if (table === undefined || (right.canRead && right.canLock && !right.isHidden)) return []
      return [lacking(table.name, right)]
    }),
  )
}

function lacking(table: TableName, { role, owner, isDormantOwner, canRead, canLock }: Rights): Finding {
  const subject = displayName(table)
  if (canRead && canLock) {
    return errorFinding(
      subject,
      'rows of it stay, and its row-level security is active for the role: the run could not see which',
      'Use a role with BYPASSRLS, or write the target in place: `strategy: merge`.',
    )
  }
  return errorFinding(
    subject,
    `rows of it stay, and the role may not ${canRead ? 'lock' : 'read'} it: the run could not copy them to the new database`,
    isDormantOwner
      ? inherit([owner])
      : `GRANT SELECT, UPDATE ON ${relation(table)} TO ${identifier(role)}, and USAGE ON its schema; or write the target in place: \`strategy: merge\`.`,
  )
}

const RIGHTS_SQL = `
SELECT c.oid::int8::float8 AS oid, current_user::text AS role, pg_get_userbyid(c.relowner)::text AS owner,
  pg_has_role(c.relowner, ${TO_BECOME_SQL}) AND NOT pg_has_role(c.relowner, 'USAGE') AS "isDormantOwner",
  has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "canRead",
  has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS "canLock",
  row_security_active(c.oid) AS "isHidden"
FROM pg_class c WHERE c.oid = ANY ($1::oid[]) ORDER BY c.oid`

/**
 * An error if the server, or a pooler in front of it, does not admit the role to databases that runs make. A name that no database has shows
 * this: a server looks at its rules first.
 */
async function judgeAccess(target: Database, session: Session, database: string): Promise<Finding[]> {
  const refusal = await probe(target, swapName(database, 'next', 0))
  if (refusal === undefined) return []
  const message = `the role cannot connect to the databases that a swap makes beside "${database}": ${refusal.message.replace(`${target.name}: `, '')}`
  return coded('swap', [errorFinding(target.name, message, await adviseOnAccess(session, database, refusal))])
}

const NO_DATABASE = '3D000'

async function probe(target: Database, name: string): Promise<DatabaseError | undefined> {
  try {
    await withDatabaseBeside(target, name, (other) => other.session())
    return undefined
  } catch (error) {
    if (error instanceof DatabaseError && isRefusal(error)) return error
    if (error instanceof DatabaseError && (error.sqlState === NO_DATABASE || !error.isConnectionLost))
      return undefined
    throw error
  }
}

/** Whether the name of the database decides that the connection is refused, before there is such a database. */
function isRefusal({ sqlState = '', message }: DatabaseError): boolean {
  return sqlState.startsWith('28') || OF_POOLER.test(message)
}

const OF_POOLER = /no such database/i

/** What admits the role to databases beside the target: a line of pg_hba.conf, or an entry of a pooler. */
async function adviseOnAccess(
  session: Session,
  database: string,
  { message }: Pick<DatabaseError, 'message'>,
): Promise<string> {
  if (OF_POOLER.test(message))
    return 'Use the direct connection string of the database, or have the pooler pass on all names: for PgBouncer, `* = host=…` in [databases].'
  const { role, address } = await session.queryOne<{ role: string; address: string | null }>(
    'SELECT session_user::text AS role, host(inet_client_addr()) AS address',
  )
  const isRegular = session.serverVersion >= 160000
  const names = isRegular ? quoted(`/^${patternOf(database)}_mbsync_(next|prev|undone)_[0-9]+$`) : 'all'
  const from = address === null ? '' : ` ${address}/${address.includes(':') ? 128 : 32}`
  const line = `${address === null ? 'local' : 'host'} ${names} ${quoted(role)}${from} scram-sha-256`
  return `Add a line to pg_hba.conf beside that of "${database}", with the method of that one, and reload the server: ${line}`
}

/** The most bytes of a name that are in the names of all databases beside it. */
const SURE_BYTES = 30

function patternOf(database: string): string {
  let sure = ''
  for (const character of database) {
    if (Buffer.byteLength(sure + character) > SURE_BYTES) break
    sure += character
  }
  return `${sure.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')}${sure === database ? '' : '.*'}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
