import type { RunRules } from '../../config/config.ts'
import type { Finding } from '../../core/finding.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import { grantorsOf } from '../../schema/write-grants.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'
import { findStrangers } from './find-strangers.ts'

/** Finds the rights that the role lacks to create objects in a target, and the roles that are missing there. */
export async function judgeRights(
  session: Session,
  objects: readonly CreatableObject[],
  altered: readonly CreatableObject[],
  { owner, grants }: Pick<RunRules, 'owner' | 'grants'>,
): Promise<Finding[]> {
  const all = [...objects, ...altered]
  if (all.length === 0) return []
  const { database, role, canCreate } = await session.queryOne<{
    database: string
    role: string
    canCreate: boolean
  }>(
    `SELECT current_database() AS database, current_user::text AS role,
       has_database_privilege(current_database(), 'CREATE') AS "canCreate"`,
  )
  const needsDatabase = objects.some(({ kind }) => kind === 'schema' || kind === 'extension')
  return [
    ...(needsDatabase && !canCreate
      ? [
          errorFinding(
            database,
            'the role may not create schemas and extensions in the target',
            `GRANT CREATE ON DATABASE ${identifier(database)} TO ${identifier(role)}.`,
          ),
        ]
      : []),
    ...(await judgeSchemas(session, role, objects)),
    ...(owner === 'source' ? await judgeOwners(session, role, all) : []),
    ...(grants === 'source' ? await judgeGrants(session, role, all) : []),
  ]
}

/** Schemas that the run creates itself do not exist yet. */
async function judgeSchemas(
  session: Session,
  role: string,
  objects: readonly CreatableObject[],
): Promise<Finding[]> {
  const names = [...new Set(objects.flatMap(({ schema }) => schema ?? []))]
  const closed = await session.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname = ANY ($1::text[]) AND NOT (has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE'))
     ORDER BY nspname COLLATE "C"`,
    [names],
  )
  return closed.map(({ name }) =>
    errorFinding(
      `schema ${name}`,
      'the role may not create objects in this schema of the target',
      `GRANT USAGE, CREATE ON SCHEMA ${identifier(name)} TO ${identifier(role)}, as the owner of the schema. The owner of the database may create in "public".`,
    ),
  )
}

async function judgeOwners(
  session: Session,
  role: string,
  objects: readonly CreatableObject[],
): Promise<Finding[]> {
  const names = [...new Set(objects.flatMap(({ owner }) => owner ?? []))]
  const strangers = await findStrangers(session, names)
  return strangers.map(({ name, exists }) =>
    exists
      ? errorFinding(
          `role ${name}`,
          'owns objects of the source, and the role of the target is not a member of it',
          `GRANT ${identifier(name)} TO ${identifier(role)}, or let the connecting role own what is created: \`owner: connecting role\`.`,
        )
      : errorFinding(
          `role ${name}`,
          'owns objects of the source, and does not exist on the server of the target',
          `CREATE ROLE ${identifier(name)}, or let the connecting role own what is created: \`owner: connecting role\`.`,
        ),
  )
}

async function judgeGrants(
  session: Session,
  role: string,
  objects: readonly CreatableObject[],
): Promise<Finding[]> {
  const names = [...new Set(objects.flatMap(({ grantedTo = [] }) => grantedTo))]
  const missing = await session.query<{ name: string }>(
    `SELECT g.name FROM unnest($1::text[]) AS g (name)
     WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.name) ORDER BY g.name COLLATE "C"`,
    [names],
  )
  const strangers = await findStrangers(
    session,
    objects.flatMap(({ grants }) => grantorsOf(grants)),
  )
  return [
    ...missing.map(({ name }) =>
      errorFinding(
        `role ${name}`,
        'has privileges in the source, and does not exist on the server of the target',
        `CREATE ROLE ${identifier(name)} NOLOGIN there, or do not copy privileges: \`grants: none\`.`,
      ),
    ),
    ...strangers
      .filter(({ exists }) => exists)
      .map(({ name }) =>
        errorFinding(
          `role ${name}`,
          'has granted privileges in the source, and the role of the target is not a member of it',
          `GRANT ${identifier(name)} TO ${identifier(role)}, or do not copy privileges: \`grants: none\`.`,
        ),
      ),
  ]
}
