import { randomInt } from 'node:crypto'
import type { Profile, RunRules } from '../config/config.ts'
import { RefusedError } from '../core/errors.ts'
import { readServerFacts, readSystemIdentifier } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'

/**
 * Refuses a target that must not or cannot be written. A second idle session shows a pooler in transaction mode: it would
 * reach the first one's backend.
 * @throws RefusedError
 */
export async function refuseUnsafeTarget(rules: Pick<RunRules, 'to'>, target: Database): Promise<void> {
  const [session, other] = [await target.session(), await target.session()]
  await refuseProtectedTarget(rules, session)
  await Promise.all([session.end(), other.end()])
}

/**
 * Refuses a target that must not be written, before anything is written to it, the run lock and the state included.
 * @throws RefusedError if the target is protected or read-only
 */
export async function refuseProtectedTarget({ to }: Pick<RunRules, 'to'>, target: Session): Promise<void> {
  const { name } = to
  if (to.isProtected) {
    throw new RefusedError(`The target "${name}" is protected`, {
      hint: 'Choose another target, or remove `protected: true` from this database in mbsync.yaml.',
    })
  }
  const facts = await readServerFacts(target)
  if (facts.isProtected) {
    throw new RefusedError(`The target "${name}" is protected by its own setting mbsync.protected`, {
      hint: `If it really may be overwritten: ALTER DATABASE "${facts.database}" RESET mbsync.protected`,
    })
  }
  if (facts.isInRecovery) {
    throw new RefusedError(`The target "${name}" is a standby and cannot be written`, {
      hint: 'Write to the primary.',
    })
  }
}

/**
 * Refuses a source that is the target. A second idle session shows a pooler in transaction mode before the source.
 * @throws RefusedError
 */
export async function refuseUnsafeSource(
  profile: Profile,
  source: Database,
  target: Database,
): Promise<void> {
  const sessions = [await source.session(), await target.session(), await source.session()] as const
  await refuseSameDatabase(profile, sessions[0], sessions[1])
  await Promise.all(sessions.map((session) => session.end()))
}

/**
 * Refuses to sync a database with itself, whatever the URLs look like. Different system identifiers or database OIDs prove two databases.
 * The same ones can also be a physical copy of the source (a restored snapshot, a branch), so then a lock taken on one side is looked for on the other.
 */
async function refuseSameDatabase(profile: Profile, source: Session, target: Session): Promise<void> {
  const [a, b] = [await identityOf(source), await identityOf(target)]
  const areProvenDifferent =
    a.system !== undefined && b.system !== undefined && (a.system !== b.system || a.oid !== b.oid)
  if (areProvenDifferent) return
  // A standby of the target has locks of its own, and yet it is the target's data.
  const isStandbyOfTarget = a.system === b.system && a.oid === b.oid && a.isInRecovery
  if (!isStandbyOfTarget && !(await shareLocks(source, target))) return
  throw new RefusedError(`"${profile.from.name}" and "${profile.to.name}" are the same database`, {
    hint: 'The two URLs lead to one database, whatever they look like: correct one of them.',
  })
}

async function identityOf(
  session: Session,
): Promise<{ system: string | undefined; oid: number; isInRecovery: boolean }> {
  const { databaseOid, isInRecovery } = await readServerFacts(session)
  return { system: await readSystemIdentifier(session), oid: databaseOid, isInRecovery }
}

async function shareLocks(source: Session, target: Session): Promise<boolean> {
  const key = [randomInt(2 ** 31), randomInt(2 ** 31)]
  await target.query('SELECT pg_advisory_lock($1, $2)', key)
  try {
    const { free } = await source.queryOne<{ free: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1, $2) AS free',
      key,
    )
    return !free
  } finally {
    await target.query('SELECT pg_advisory_unlock($1, $2)', key)
  }
}
