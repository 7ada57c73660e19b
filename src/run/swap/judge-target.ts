import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { TO_BECOME_SQL } from '../../postgres/catalog/as-member.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import { inherit } from '../../transfer/validate/owner-advice.ts'

/** The facts that decide whether a database can be replaced. */
export interface SwapFacts {
  readonly database: string
  readonly role: string
  readonly owner: string
  readonly canCreateDatabases: boolean
  readonly isOwner: boolean
  /** Whether the role is a member of the owner without inheriting its rights. */
  readonly isDormantOwner: boolean
  /** Whether the role may create a database that belongs to the owner. */
  readonly canBecomeOwner: boolean
  readonly isTemplate: boolean
  readonly hasLargeObjects: boolean
  readonly preparedTransactions: number
  readonly subscriptions: readonly string[]
  readonly slots: readonly string[]
  readonly publications: readonly string[]
  /** The roles with sessions that this role may not end. */
  readonly foreignSessions: readonly string[]
  readonly bytes: number
}

/** Reads these facts about the database of the session. */
export async function readSwapFacts(session: Session): Promise<SwapFacts> {
  // Since PostgreSQL 16, a member may lack the right to SET ROLE.
  const power = session.serverVersion >= 160000 ? 'SET' : 'MEMBER'
  return session.queryOne<SwapFacts & Record<string, unknown>>(FACTS_SQL, [power])
}

/** Databases that servers are managed over. */
const MAINTENANCE = ['postgres', 'template0', 'template1']

/** What prevents replacing the database, and what the new one will lack. Pure. */
export function judgeTarget(
  facts: SwapFacts,
  { to, largeObjects, backup, swap }: Pick<RunRules, 'to' | 'largeObjects' | 'backup' | 'swap'>,
): Finding[] {
  const { database, role } = facts
  const named = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
  const found: (Finding | false)[] = [
    MAINTENANCE.includes(database) &&
      errorFinding(
        to.name,
        `database "${database}" is the one through which its server is managed, so it cannot be renamed`,
        'Use another database as the target, or write the target in place: `strategy: merge`, with `schema: follow` if the schemas differ.',
      ),
    !facts.canCreateDatabases &&
      errorFinding(
        to.name,
        `role "${role}" may not create databases, which a swap needs`,
        `ALTER ROLE ${identifier(role)} CREATEDB, where the host allows it, or write the target in place: \`strategy: merge\`, with \`schema: follow\` if the schemas differ.`,
      ),
    !facts.isOwner &&
      errorFinding(
        to.name,
        `role "${role}" does not own database "${database}", so it may not rename it`,
        facts.isDormantOwner
          ? inherit([facts.owner])
          : `ALTER DATABASE ${identifier(database)} OWNER TO ${identifier(role)}, or GRANT ${identifier(facts.owner)} TO ${identifier(role)}, or write the target in place: \`strategy: merge\`, with \`schema: follow\` if the schemas differ.`,
      ),
    facts.isOwner &&
      !facts.canBecomeOwner &&
      errorFinding(
        to.name,
        `role "${role}" may not become "${facts.owner}", which owns database "${database}", so it may not create a database for it`,
        `GRANT ${identifier(facts.owner)} TO ${identifier(role)} WITH SET TRUE.`,
      ),
    facts.isTemplate &&
      errorFinding(
        to.name,
        `database "${database}" is a template`,
        `ALTER DATABASE ${identifier(database)} IS_TEMPLATE false.`,
      ),
    backup === 'dump' &&
      errorFinding(
        to.name,
        '`backup` is dump, but a swap writes no dump: it keeps the previous database',
        'Set `backup: undo` for this profile, or write a dump before: `mbsync export`.',
      ),
    facts.hasLargeObjects &&
      largeObjects === 'leave' &&
      errorFinding(
        to.name,
        'the target has large objects, and the new database will have none',
        'Set `largeObjects: copy` to copy those of the source, or remove those of the target.',
      ),
    facts.preparedTransactions > 0 &&
      errorFinding(
        to.name,
        `${facts.preparedTransactions} prepared transactions keep database "${database}" from being renamed`,
        'End them: pg_prepared_xacts lists them, and COMMIT PREPARED or ROLLBACK PREPARED ends one.',
      ),
    facts.subscriptions.length > 0 &&
      errorFinding(
        to.name,
        `subscriptions cannot be carried over to the new database: ${named(facts.subscriptions)}`,
        `Drop them, or write the target in place: \`strategy: merge\`.`,
      ),
    facts.slots.length > 0 &&
      errorFinding(
        to.name,
        `logical replication slots cannot be carried over to the new database: ${named(facts.slots)}`,
        `Drop them, or write the target in place: \`strategy: merge\`.`,
      ),
    facts.publications.length > 0 &&
      swap.publications !== true &&
      noteFinding(
        to.name,
        `publications of the target are not created in the new database: ${named(facts.publications)}`,
        'Set `swap: { publications: true }` to create them there. Subscriptions to them need their slots again.',
      ),
    facts.foreignSessions.length > 0 &&
      noteFinding(
        to.name,
        `role "${role}" may not end the sessions of ${named(facts.foreignSessions)}: if they do not end by themselves within ${swap.switchMs / 1000} seconds, the switch fails`,
        `GRANT pg_signal_backend TO ${identifier(role)}; only superusers can end sessions of superusers.`,
      ),
  ]
  return coded(
    'swap',
    found.filter((finding) => finding !== false),
  )
}

/** The disk space that a swap needs, as far as it can be known. Pure. */
export function noteRoom(
  { bytes }: Pick<SwapFacts, 'bytes'>,
  { to, swap }: Pick<RunRules, 'to' | 'swap'>,
  comingBytes: number,
): Finding[] {
  const kept = swap.keep === 1 ? 'a previous one is' : `${swap.keep} previous ones are`
  const after = swap.keep === 0 ? '' : `, and as long as ${kept} kept`
  const message = `the server of the target needs room for one more database while the run lasts${after}: about ${describeBytes(comingBytes)} of rows come from the source, and this database has ${describeBytes(bytes)}. mbsync cannot see how much is free`
  return coded('swap', [noteFinding(to.name, message)])
}

function describeBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

const FACTS_SQL = `
WITH mine AS (SELECT * FROM pg_roles WHERE rolname = current_user)
SELECT d.datname::text AS database, current_user::text AS role, pg_get_userbyid(d.datdba)::text AS owner,
  mine.rolsuper OR mine.rolcreatedb AS "canCreateDatabases", pg_has_role(d.datdba, 'USAGE') AS "isOwner",
  pg_has_role(d.datdba, ${TO_BECOME_SQL}) AND NOT pg_has_role(d.datdba, 'USAGE') AS "isDormantOwner",
  pg_has_role(d.datdba, $1) AS "canBecomeOwner", d.datistemplate AS "isTemplate",
  EXISTS (SELECT FROM pg_largeobject_metadata) AS "hasLargeObjects",
  (SELECT count(*)::int FROM pg_prepared_xacts x WHERE x.database = d.datname) AS "preparedTransactions",
  ARRAY(SELECT s.subname::text FROM pg_subscription s WHERE s.subdbid = d.oid ORDER BY 1) AS subscriptions,
  ARRAY(SELECT s.slot_name::text FROM pg_replication_slots s WHERE s.database = d.datname AND s.slot_type = 'logical' ORDER BY 1) AS slots,
  ARRAY(SELECT p.pubname::text FROM pg_publication p ORDER BY 1) AS publications,
  ARRAY(SELECT DISTINCT a.usename::text FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
    WHERE a.datid = d.oid AND NOT (mine.rolsuper OR NOT r.rolsuper AND (pg_has_role(r.oid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))
    ORDER BY 1) AS "foreignSessions",
  pg_database_size(d.oid)::float8 AS bytes
FROM pg_database d, mine WHERE d.datname = current_database()`
