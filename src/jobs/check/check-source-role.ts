import { countOf } from '../../core/count-of.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import {
  type RolePowers,
  readRolePowers,
  readRowSecured,
  type SomeObjects,
} from '../../postgres/catalog/read-role-powers.ts'
import { readServerFacts } from '../../postgres/catalog/read-server.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Selection } from '../../transfer/inspect/inspection.ts'
import { isSelected } from '../../transfer/inspect/select-relations.ts'
import type { Check } from './checklist.ts'

/** The first version that has pg_read_all_data. */
const READ_ALL_DATA = 140000

/** Whether the role of a source can do no more than read: code that is run with its rights by mistake could do all that it can. */
export async function checkSourceRole(
  session: Session,
  subject: string,
  selection: Selection,
): Promise<Check[]> {
  const powers = await readRolePowers(session)
  const { platform } = await readServerFacts(session)
  const [first, ...others] =
    platform === undefined ? warningsOf(powers) : hostedWarnings(powers, platform.name)
  if (first === undefined)
    return [{ status: 'ok', subject, message: `The role ${powers.role} can only read` }]
  // What makes a good role is said once.
  const hint = [first.hint, goodRole(session.serverVersion, await findWithPolicies(session, selection))]
    .filter(Boolean)
    .join(' ')
  return [{ ...first, hint }, ...others].map((warning) => ({ status: 'warning', subject, ...warning }))
}

type Warning = Pick<Check, 'message' | 'hint'>

function warningsOf(powers: RolePowers): Warning[] {
  if (powers.isSuperuser)
    return [
      {
        message: `${powers.role} is a superuser: it can do anything on the server, but mbsync only needs to read`,
      },
    ]
  const role = identifier(powers.role)
  return [
    ...powers.memberships.map((name) => ({
      message: `The role is a member of ${name} and can do more than read`,
      hint: `REVOKE ${identifier(name)} FROM ${role}.`,
    })),
    ...powers.attributes.map((attribute) => ({
      message: `The role has ${attribute} and can do more than read`,
      hint: `ALTER ROLE ${role} NO${attribute}.`,
    })),
    ...(powers.ownsDatabase
      ? [{ message: 'The role owns the database', hint: 'Use a role that owns nothing there.' }]
      : []),
    ...(powers.canCreateInDatabase
      ? [
          {
            message: 'The role may create schemas in the database',
            hint: `REVOKE CREATE ON DATABASE … FROM ${role}, PUBLIC.`,
          },
        ]
      : []),
    ...about(powers.creatableSchemas, ({ example, count }) => ({
      message: `The role may create objects in ${countOf(count, 'schema')}, such as ${example}`,
      hint: `REVOKE CREATE ON SCHEMA ${example} FROM ${role}, PUBLIC.`,
    })),
    ...about(powers.ownedRelations, ({ example, count }) => ({
      message: `The role owns ${countOf(count, 'table')}, such as ${example}, and may change them`,
      hint: 'Use a role that owns nothing there.',
    })),
    ...about(powers.writableTables, ({ example, count }) => ({
      message: `The role may write ${countOf(count, 'table')}, such as ${example}`,
      hint: `REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON ${example} FROM ${role}, PUBLIC.`,
    })),
  ]
}

/** What the administrator of a host's database may do is the host's choice: nobody can revoke it. */
function hostedWarnings(powers: RolePowers, platform: string): Warning[] {
  if (powers.isSuperuser || powers.attributes.length === 0) return warningsOf(powers)
  return [
    {
      message: `${powers.role} administers this database on ${platform}: it can do far more than read`,
      hint: 'Use a role that only reads, as docs/PLATFORMS.md shows for this host.',
    },
  ]
}

function about(some: SomeObjects | undefined, warn: (some: SomeObjects) => Warning): Warning[] {
  return some === undefined ? [] : [warn(some)]
}

/** A selected table whose policies would hide rows from a role that only reads. */
async function findWithPolicies(session: Session, selection: Selection): Promise<TableName | undefined> {
  const guarded = await readRowSecured(session)
  if (guarded.size === 0) return undefined
  return (await listRelations(session)).find((each) => guarded.has(each.oid) && isSelected(selection, each))
    ?.name
}

function goodRole(serverVersion: number, withPolicies: TableName | undefined): string {
  const grants =
    serverVersion >= READ_ALL_DATA
      ? 'GRANT pg_read_all_data TO mbsync_reader;'
      : 'for each schema, GRANT USAGE ON SCHEMA … TO mbsync_reader; GRANT SELECT ON ALL TABLES IN SCHEMA … TO mbsync_reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO mbsync_reader;'
  const bypass = withPolicies === undefined ? '' : ' BYPASSRLS'
  const why =
    withPolicies === undefined
      ? ''
      : ` Without BYPASSRLS, row-level security would hide rows, such as those of ${displayName(withPolicies)}, and the run is refused; only a superuser, or a role that has BYPASSRLS itself, can give it. Where the host does not, keep this role, or see docs/PLATFORMS.md.`
  return `Make a role that only reads, and use it in the URL: CREATE ROLE mbsync_reader LOGIN${bypass} PASSWORD '…'; ALTER ROLE mbsync_reader SET default_transaction_read_only = on; ${grants}${why} Where it can read tables of several owners, name these under \`trust\` in mbsync.yaml.`
}
