import { databaseArgument } from '../config/command-arguments.ts'
import type { Profile } from '../config/config.ts'
import { RefusedError, UnsafeTargetError } from '../core/errors.ts'
import type { Dump } from '../dump/open-dump.ts'
import { identifier } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { type ForeignSources, readForeignSources } from '../state/read-foreign-sources.ts'
import { type DatabaseKey, isSameDatabase, type RowOrigin } from '../state/sources.ts'
import type { DatabaseIdentity } from './identify-database.ts'

/** A database and the session on it. */
export interface Side {
  readonly session: Session
  readonly identity: DatabaseIdentity
}

/**
 * Refuses a run whose source was filled from its target: the URLs are swapped, and the run would overwrite production with a copy of
 * itself.
 * @param state what the source's own state says about where its rows came from
 * @returns where the rows of the source came from, as far as its state knows
 * @throws UnsafeTargetError, which no flag overrides; RefusedError if the source cannot be judged
 */
export async function refuseSwappedSides(
  { from, to }: Pick<Profile, 'from' | 'to'>,
  source: Side,
  target: Side,
  state: ForeignSources,
): Promise<readonly RowOrigin[]> {
  const origins = await originsOf(from.name, source.session, state)
  const named = await findTarget(origins, source.identity, target)
  if (named === undefined) return origins
  throw new UnsafeTargetError(
    `The state in the source "${from.name}" says that its earlier runs read from the target "${to.name}": ` +
      `database ${named.database}, which was called "${named.name}" then`,
    {
      hint: `If the URLs are swapped, correct them. If the two databases have really changed roles: \`mbsync forget-source ${databaseArgument(from.name)}\`.`,
    },
  )
}

/**
 * Refuses the import of a dump whose rows came from the target, by way of another database.
 * @throws UnsafeTargetError, which no flag overrides
 */
export async function refuseOwnDescendant(
  { path, manifest }: Dump,
  to: Pick<Profile['to'], 'name'>,
  target: Side,
): Promise<void> {
  const { source } = manifest
  const named = await findTarget(source.origins ?? [], source, target)
  if (named === undefined) return
  throw new UnsafeTargetError(
    `${path} was exported from "${source.name}", whose earlier runs read from the target "${to.name}": ` +
      `database ${named.database}, which was called "${named.name}" then`,
    {
      hint: 'Import it into another database. If the two have really changed roles: `mbsync forget-source <database>`, and export again.',
    },
  )
}

/** Finds the target among the databases that rows came from. */
async function findTarget(
  origins: readonly RowOrigin[],
  source: DatabaseKey,
  target: Side,
): Promise<RowOrigin | undefined> {
  const named = origins.find((origin) => isSameDatabase(origin, target.identity))
  return named !== undefined && (await isCopyThatWasFilled(source, target)) ? undefined : named
}

/**
 * Where the rows of a database came from, as far as its state knows.
 * @throws RefusedError if there is a state that cannot be read
 */
async function originsOf(
  name: string,
  session: Session,
  state: ForeignSources,
): Promise<readonly RowOrigin[]> {
  if (state.kind === 'known') return state.origins
  throw await unreadable(name, session, state)
}

async function unreadable(
  name: string,
  session: Session,
  { kind, table }: Exclude<ForeignSources, { kind: 'known' }>,
): Promise<RefusedError> {
  if (kind === 'foreign') {
    return new RefusedError(`${table} in the source "${name}" is not a table as mbsync makes it`, {
      hint: 'It would show whether runs into the source read from the target. If mbsync never wrote to the source, rename or drop the schema mbsync there.',
    })
  }
  const { role } = await session.queryOne<{ role: string }>('SELECT current_user::text AS role')
  const grantee = identifier(role)
  return new RefusedError(
    `The source "${name}" has a state of mbsync that its role may not read. It may name the target as a source of runs`,
    {
      hint: `In the source: GRANT USAGE ON SCHEMA mbsync TO ${grantee}; GRANT SELECT ON ${table} TO ${grantee}`,
    },
  )
}

/**
 * A physical copy has the identity of its origin. So between copies of one database, the identity proves little. Then the target must be
 * known to have been filled before: its own state, too, must name that identity, which the state of production does not.
 */
async function isCopyThatWasFilled(source: DatabaseKey, target: Side): Promise<boolean> {
  if (!isSameDatabase(source, target.identity)) return false
  const state = await readForeignSources(target.session)
  return state.kind === 'known' && state.origins.some((origin) => isSameDatabase(origin, source))
}
