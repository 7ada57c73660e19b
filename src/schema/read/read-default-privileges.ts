import type { Session } from '../../postgres/session.ts'
import { defaultGrantsOf, type GivenByDefault } from '../default-privileges.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import { type Privilege, rolesOf, writeGrants } from '../write-grants.ts'
import { featureIf, sinceOf } from './features.ts'
import type { ReadObjects } from './read-context.ts'

/**
 * Reads default privileges. They consist only of grants, so they belong to an object that no statement creates. It comes last, so that they
 * do not apply to the others.
 */
export async function readDefaultPrivileges(session: Session): Promise<ReadObjects> {
  const rows = await session.query<DefaultsRow>(DEFAULTS_SQL)
  return {
    objects: rows.map(({ id, role, schema, objects, ...row }) => {
      const scope = `FOR ROLE ${quoteName(role)}${schema === null ? '' : ` IN SCHEMA ${quoteName(schema)}`}`
      const privileges = { column: undefined, ...row }
      return {
        id,
        kind: 'default privileges',
        identity: `DEFAULT PRIVILEGES ${scope} ON ${objects}`,
        schema: schema ?? undefined,
        section: 'post-data',
        create: [],
        owner: undefined,
        grants: writeGrants(privileges, objects).map((grant) => `ALTER DEFAULT PRIVILEGES ${scope} ${grant}`),
        grantedTo: [...new Set([role, ...rolesOf(privileges)])].sort(),
        ...sinceOf([featureIf(objects === 'LARGE OBJECTS', 180000, 'default privileges of large objects')]),
      }
    }),
  }
}

/** Reads what the database grants by itself on objects that the role of the session creates. */
export async function readGivenByDefault(session: Session): Promise<GivenByDefault> {
  const { objects } = await readDefaultPrivileges(session)
  const { creator } = await session.queryOne<{ creator: string }>('SELECT current_user::text AS creator')
  return { defaults: defaultGrantsOf(objects.map((object) => ({ grants: [], ...object }))), creator }
}

interface DefaultsRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly role: string
  /** Null for all schemas. */
  readonly schema: string | null
  readonly objects: string
  readonly all: readonly string[]
  readonly given: readonly Privilege[]
  readonly before: readonly Privilege[]
}

/** An entry for one schema only adds to the privileges that roles have in all schemas. */
const DEFAULTS_SQL = `
WITH entry AS (
  SELECT d.oid, d.defaclrole, d.defaclnamespace, d.defaclobjtype, d.defaclacl AS given,
    acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char", d.defaclrole) AS before
  FROM pg_default_acl d
)
SELECT 'pg_default_acl:' || e.oid AS id, pg_get_userbyid(e.defaclrole) AS role, n.nspname AS schema,
  CASE e.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
    WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS objects,
  ARRAY(SELECT privilege_type FROM aclexplode(e.before) WHERE grantee = e.defaclrole ORDER BY 1) AS all,
  ${privilegesSql('given')} AS given, CASE WHEN n.oid IS NULL THEN ${privilegesSql('before')} ELSE '[]' END AS before
FROM entry e LEFT JOIN pg_namespace n ON n.oid = e.defaclnamespace`

function privilegesSql(column: 'given' | 'before'): string {
  return `(SELECT coalesce(json_agg(json_build_object('role', CASE WHEN x.grantee <> 0 THEN pg_get_userbyid(x.grantee) END,
      'privilege', x.privilege_type, 'isGrantable', x.is_grantable) ORDER BY x.grantee <> 0, pg_get_userbyid(x.grantee), x.privilege_type), '[]')
    FROM aclexplode(e.${column}) AS x)`
}
