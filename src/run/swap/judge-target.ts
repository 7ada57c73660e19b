import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { identifier } from '../../postgres/identifiers.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import { inherit } from '../../transfer/validate/owner-advice.ts'
import type { RoleRights, SwapFacts } from './read-swap-facts.ts'

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
    ...rolesOf(facts).map((each) => !each.isOwner && isNoOwner(to.name, facts, each)),
    facts.isOwner &&
      !facts.canBecomeOwner &&
      errorFinding(
        to.name,
        `role "${role}" may not become "${facts.owner}", which owns database "${database}", so it may not create a database for it`,
        `GRANT ${identifier(facts.owner)} TO ${identifier(role)} WITH SET TRUE.`,
      ),
    facts.closedTablespace !== null &&
      errorFinding(
        to.name,
        `role "${role}" may not create a database in tablespace "${facts.closedTablespace}", where database "${database}" is`,
        `GRANT CREATE ON TABLESPACE ${identifier(facts.closedTablespace)} TO ${identifier(role)}, or ALTER DATABASE ${identifier(database)} SET TABLESPACE pg_default.`,
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

/** The role that renames databases, and the one that writes to them, if it is another. */
function rolesOf(facts: SwapFacts): readonly RoleRights[] {
  return facts.role === facts.writer.role ? [facts] : [facts, facts.writer]
}

function isNoOwner(
  target: string,
  { database, owner }: SwapFacts,
  { role, isDormantOwner }: RoleRights,
): Finding {
  return errorFinding(
    target,
    `role "${role}" does not own database "${database}", so it may not replace it`,
    isDormantOwner
      ? inherit([owner])
      : `ALTER DATABASE ${identifier(database)} OWNER TO ${identifier(role)}, or GRANT ${identifier(owner)} TO ${identifier(role)}, or write the target in place: \`strategy: merge\`, with \`schema: follow\` if the schemas differ.`,
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
