import { randomInt } from 'node:crypto'
import type { Profile, RunRules } from '../config/config.ts'
import { UnsafeTargetError } from '../core/errors.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import { readRoughSizes } from '../postgres/catalog/read-rough-sizes.ts'
import { readServerFacts, type ServerFacts } from '../postgres/catalog/read-server.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { type ForeignSources, readForeignSources } from '../state/read-foreign-sources.ts'
import type { RowOrigin } from '../state/sources.ts'
import { type DatabaseIdentity, type IdentifiedSession, identifySession } from './identify-database.ts'
import { refuseSwappedSides, type Side } from './refuse-swapped-sides.ts'

/** A source that may be read into its target. */
export interface SafeSource {
  readonly identity: DatabaseIdentity
  /** Where its rows came from, as far as its state knows. */
  readonly origins: readonly RowOrigin[]
  /** See `readRoughSizes`. */
  readonly roughSizes: readonly number[]
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
 * Refuses a target that must not be written, before anything is written to it, including the run lock and the state.
 * @throws UnsafeTargetError if the target is protected or read-only
 */
export async function refuseProtectedTarget(rules: Pick<RunRules, 'to'>, target: Session): Promise<void> {
  refuseProtectedByName(rules)
  refuseProtectedByItself(rules, await readServerFacts(target))
}

function refuseProtectedByName({ to }: Pick<RunRules, 'to'>): void {
  if (!to.isProtected) return
  if (to.protectedLike !== undefined) {
    throw new UnsafeTargetError(
      `The target "${to.name}" has the same host, port and database as "${to.protectedLike}", which is protected`,
      { hint: 'Correct the URL that is wrong.' },
    )
  }
  throw new UnsafeTargetError(`The target "${to.name}" is protected`, {
    hint: 'Choose another target, or remove `protected: true` from this database in mbsync.yaml.',
  })
}

function refuseProtectedByItself({ to: { name } }: Pick<RunRules, 'to'>, facts: ServerFacts): void {
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
 * Refuses a target that must not or cannot be written, a source that is the target itself, and a source that was filled from the target.
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
    refuseProtectedByName(profile)
    const identified = await identifySession(session)
    refuseProtectedByItself(profile, identified.facts)
    return { session, ...identified }
  }
  const askSource = async () => {
    const session = await source.session()
    const [identified, origins, roughSizes] = await settledInOrder([
      identifySession(session),
      readForeignSources(session),
      readRoughSizes(session),
    ])
    return { session, origins, roughSizes, ...identified }
  }
  const [ours, theirs] = await settledInOrder([guardTarget(), askSource()])
  const safe = await refuseRelatedSides(profile, theirs, ours)
  target.giveBack(ours.session)
  source.giveBack(theirs.session)
  return safe
}

type IdentifiedSide = IdentifiedSession & Side

async function refuseRelatedSides(
  profile: Profile,
  source: IdentifiedSide & { readonly origins: ForeignSources; readonly roughSizes: readonly number[] },
  target: IdentifiedSide,
): Promise<SafeSource> {
  if (await isOneDatabase(source, target)) {
    throw new UnsafeTargetError(`"${profile.from.name}" and "${profile.to.name}" are the same database`, {
      hint: 'Both URLs lead to the same database, even if they look different: correct one of them.',
    })
  }
  return {
    identity: source.identity,
    roughSizes: source.roughSizes,
    origins: await refuseSwappedSides(profile, source, target, source.origins),
  }
}

/**
 * Whether both sessions reach one database, whatever the URLs look like. Different system identifiers or database OIDs prove two databases.
 * If both are equal, the target may still be a physical copy of the source (a restored snapshot, a branch). So a lock is taken on one side
 * and looked for on the other.
 */
async function isOneDatabase(
  { session: source, identity, facts }: IdentifiedSide,
  { session: target, identity: ours }: IdentifiedSide,
): Promise<boolean> {
  const isSame =
    identity.systemIdentifier === ours.systemIdentifier && identity.databaseOid === ours.databaseOid
  if (!isSame && identity.systemIdentifier !== null && ours.systemIdentifier !== null) return false
  // A standby of the target has its own locks, and still has the target's data.
  return (isSame && facts.isInRecovery) || (await shareLocks(source, target))
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
