import { isSuperuser } from '../../postgres/catalog/is-superuser.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { CreatableObject, UncreatableObject } from '../../schema/creatable-object.ts'
import { packageOf } from './package-of-extension.ts'

/** Finds objects that the server of a target does not support, or that only a superuser can create there. */
export async function findObstacles(
  session: Session,
  objects: readonly CreatableObject[],
): Promise<UncreatableObject[]> {
  const mayAll = await isSuperuser(session)
  const { platform } = await readServerFacts(session)
  const superuserHint = platform === undefined ? SUPERUSER_HINT : ''
  // The server reads the files of all its extensions for that.
  const hasExtension = objects.some(({ extension }) => extension !== undefined)
  const available = hasExtension ? await readAvailable(session) : new Map<string, Available>()
  const known = await readRoles(session)
  return objects.flatMap((object) => {
    const { id, identity, since, superuserReason, extension, roles = [] } = object
    const found = [
      ...(since !== undefined && since.version > session.serverVersion ? [tooOld(session, since)] : []),
      ...(superuserReason !== undefined && !mayAll ? [{ reason: superuserReason, hint: superuserHint }] : []),
      ...roles.filter((role) => !known.has(role)).map(unknownRole),
      ...(extension === undefined
        ? []
        : judgeExtension(session, extension, available, mayAll, platform?.name)),
    ]
    return found.slice(0, 1).map((each) => ({ id, identity, ...each }))
  })
}

type Reason = Pick<UncreatableObject, 'reason' | 'hint'>

const SUPERUSER_HINT = 'Let a superuser create it in the target beforehand, or run as one.'

function tooOld(
  { serverVersion }: Session,
  { version, feature }: NonNullable<CreatableObject['since']>,
): Reason {
  const major = (number: number) => Math.floor(number / 10_000)
  return {
    reason: `has ${feature}, which came with PostgreSQL ${major(version)}; the target is PostgreSQL ${major(serverVersion)}`,
  }
}

function unknownRole(role: string): Reason {
  return {
    reason: `names role "${role}", which the server of the target does not have`,
    hint: `CREATE ROLE ${identifier(role)} NOLOGIN there.`,
  }
}

async function readRoles(session: Session): Promise<ReadonlySet<string>> {
  const roles = await session.query<{ name: string }>('SELECT rolname AS name FROM pg_roles')
  return new Set(roles.map(({ name }) => name))
}

interface Available extends Record<string, unknown> {
  /** Whether a role with CREATE on the database can create it. */
  readonly isTrusted: boolean
}

async function readAvailable(session: Session): Promise<ReadonlyMap<string, Available>> {
  const rows = await session.query<Available & { readonly name: string }>(
    `SELECT v.name::text AS name, bool_or(v.trusted OR NOT v.superuser) AS "isTrusted"
     FROM pg_available_extension_versions() AS v (name, version, superuser, trusted) GROUP BY v.name`,
  )
  return new Map(rows.map((row) => [row.name, row]))
}

function judgeExtension(
  session: Session,
  { name, version }: NonNullable<CreatableObject['extension']>,
  available: ReadonlyMap<string, Available>,
  isSuperuser: boolean,
  platform: string | undefined,
): Reason[] {
  const found = available.get(name)
  if (found === undefined) {
    return [
      {
        reason: `is not available on the server of the target (version ${version} in the source)`,
        hint: `Install its package there, or ask the host to: ${packageOf(name, session.serverVersion)}.`,
      },
    ]
  }
  if (found.isTrusted || isSuperuser) return []
  return [
    {
      reason: 'is an extension that only a superuser can create',
      hint:
        platform === undefined
          ? `Let a superuser create it in the target beforehand: CREATE EXTENSION ${identifier(name)}.`
          : `Switch it on in the target beforehand, in the way of ${platform}.`,
    },
  ]
}
