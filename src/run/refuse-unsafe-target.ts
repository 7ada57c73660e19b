import { randomInt } from 'node:crypto'
import type { Profile, RunRules } from '../config/config.ts'
import { UnsafeTargetError } from '../core/errors.ts'
import { readServerFacts } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { RowOrigin } from '../state/sources.ts'
import { type DatabaseIdentity, type IdentifiedSession, identifySession } from './identify-database.ts'
import { refuseSwappedSides } from './refuse-swapped-sides.ts'

/** The source of a run that may be read into its target. */
export interface SafeSource {
  readonly identity: DatabaseIdentity
  /** Where its rows came from, as far as its state knows. */
  readonly origins: readonly RowOrigin[]
}

/**
 * Refuses a target that must not or cannot be written.
 * @throws UnsafeTargetError
 */
export async function refuseUnsafeTarget(rules: Pick<RunRules, 'to'>, target: Database): Promise<void> {
  const session = await target.session()
  await refuseProtectedTarget(rules, session)
  target.giveBack(session)
}

/**
 * Refuses a target that must not be written, before anything is written to it, the run lock and the state included.
 * @throws UnsafeTargetError if the target is protected or read-only
 */
export async function refuseProtectedTarget({ to }: Pick<RunRules, 'to'>, target: Session): Promise<void> {
  const { name } = to
  if (to.isProtected) {
    throw new UnsafeTargetError(`The target "${name}" is protected`, {
      hint: 'Choose another target, or remove `protected: true` from this database in mbsync.yaml.',
    })
  }
  const facts = await readServerFacts(target)
  if (facts.isProtected) {
    throw new UnsafeTargetError(`The target "${name}" is protected by its own setting mbsync.protected`, {
      hint: `If it really may be overwritten: ALTER DATABASE "${facts.database}" RESET mbsync.protected`,
    })
  }
  if (facts.isInRecovery) {
    throw new UnsafeTargetError(`The target "${name}" is a standby and cannot be written`, {
      hint: 'Write to the primary.',
    })
  }
}

/**
 * Refuses a target that must not or cannot be written, a source that is the target, and one that was filled from it.
 * @returns the source's identity, and where its rows came from
 * @throws UnsafeTargetError, or RefusedError if that cannot be judged
 */
export async function refuseUnsafeSides(
  profile: Profile,
  source: Database,
  target: Database,
): Promise<SafeSource> {
  const guardTarget = async () => {
    const session = await target.session()
    await refuseProtectedTarget(profile, session)
    return session
  }
  const [ours, theirs] = await Promise.allSettled([guardTarget(), source.session()])
  if (ours.status === 'rejected') throw ours.reason
  if (theirs.status === 'rejected') throw theirs.reason
  const safe = await refuseRelatedSides(profile, theirs.value, ours.value)
  target.giveBack(ours.value)
  source.giveBack(theirs.value)
  return safe
}

async function refuseRelatedSides(profile: Profile, source: Session, target: Session): Promise<SafeSource> {
  const [theirs, ours] = await Promise.all([identifySession(source), identifySession(target)])
  if (await isOneDatabase(source, theirs, target, ours)) {
    throw new UnsafeTargetError(`"${profile.from.name}" and "${profile.to.name}" are the same database`, {
      hint: 'The two URLs lead to one database, whatever they look like: correct one of them.',
    })
  }
  const { identity } = theirs
  const sides = [
    { session: source, identity },
    { session: target, identity: ours.identity },
  ] as const
  return { identity, origins: await refuseSwappedSides(profile, ...sides) }
}

/**
 * Whether both sessions reach one database, whatever the URLs look like. Different system identifiers or database OIDs prove two databases.
 * The same ones can also be a physical copy of the source (a restored snapshot, a branch), so then a lock taken on one side is looked for on the other.
 */
async function isOneDatabase(
  source: Session,
  { identity, isInRecovery }: IdentifiedSession,
  target: Session,
  { identity: ours }: IdentifiedSession,
): Promise<boolean> {
  const isSame =
    identity.systemIdentifier === ours.systemIdentifier && identity.databaseOid === ours.databaseOid
  if (!isSame && identity.systemIdentifier !== null && ours.systemIdentifier !== null) return false
  // A standby of the target has locks of its own, and yet it is the target's data.
  return (isSame && isInRecovery) || (await shareLocks(source, target))
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
