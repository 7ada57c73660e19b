import type { Session } from '../../postgres/session.ts'
import { quoteName } from '../quote-name.ts'
import type { ObjectId, SchemaObject } from '../schema-object.ts'
import type { ReadObjects } from './read-context.ts'

/**
 * Reads default privileges. They are grants and nothing else, so they are those of an object that no statement creates. It comes last, so that
 * none of the others is created under them.
 */
export async function readDefaultPrivileges(session: Session): Promise<ReadObjects> {
  const rows = await session.query<DefaultsRow>(DEFAULTS_SQL)
  return {
    objects: rows.map(({ id, role, schema, objects, changes }) => {
      const scope = `FOR ROLE ${quoteName(role)}${schema === null ? '' : ` IN SCHEMA ${quoteName(schema)}`}`
      return {
        id,
        kind: 'default privileges',
        identity: `DEFAULT PRIVILEGES ${scope} ON ${objects}`,
        schema: schema ?? undefined,
        section: 'post-data',
        create: [],
        grants: changes.map((change) => `ALTER DEFAULT PRIVILEGES ${scope} ${writeChange(change, objects)}`),
        owner: undefined,
        ...sinceOf(objects, changes),
      }
    }),
  }
}

interface DefaultsRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly role: string
  readonly schema: string | null
  readonly objects: string
  readonly changes: Change[]
}

interface Change {
  readonly isGrant: boolean
  /** Null for all of them. */
  readonly privileges: string[] | null
  /** Null for PUBLIC. */
  readonly grantee: string | null
  readonly isGrantable: boolean
}

function sinceOf(objects: string, changes: readonly Change[]): Pick<SchemaObject, 'since'> {
  if (objects === 'LARGE OBJECTS') return { since: { version: 180000, feature: 'default privileges on large objects' } }
  const hasMaintain = changes.some(({ privileges }) => privileges?.includes('MAINTAIN'))
  return hasMaintain ? { since: { version: 170000, feature: 'the privilege MAINTAIN' } } : {}
}

function writeChange({ isGrant, privileges, grantee, isGrantable }: Change, objects: string): string {
  const role = grantee === null ? 'PUBLIC' : quoteName(grantee)
  const list = privileges === null ? 'ALL' : privileges.join(', ')
  if (!isGrant) return `REVOKE ${list} ON ${objects} FROM ${role}`
  return `GRANT ${list} ON ${objects} TO ${role}${isGrantable ? ' WITH GRANT OPTION' : ''}`
}

/**
 * What a role lacks of the privileges that it would have without the entry is taken from it by REVOKE ALL, and what it has is granted to it
 * then: another version may have more kinds of privileges. In a schema, an entry only adds to those of all schemas.
 */
const DEFAULTS_SQL = `
WITH entry AS (
  SELECT d.oid, d.defaclrole, d.defaclnamespace, d.defaclobjtype, d.defaclacl AS acl, acldefault(k.kind, d.defaclrole) AS base
  FROM pg_default_acl d
  CROSS JOIN LATERAL (SELECT CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char") AS k (kind)
), had AS (
  SELECT e.oid, b.grantee, b.privilege_type FROM entry e CROSS JOIN LATERAL aclexplode(e.base) AS b WHERE e.defaclnamespace = 0
), has AS (
  SELECT e.oid, a.grantee, a.privilege_type, a.is_grantable FROM entry e CROSS JOIN LATERAL aclexplode(e.acl) AS a
), revoked AS (
  SELECT DISTINCT oid, grantee FROM had h
  WHERE NOT EXISTS (SELECT FROM has WHERE has.oid = h.oid AND has.grantee = h.grantee AND has.privilege_type = h.privilege_type)
), granted AS (
  SELECT h.oid, h.grantee, h.is_grantable, array_agg(h.privilege_type ORDER BY h.privilege_type) AS privileges FROM has h
  WHERE h.is_grantable OR (h.oid, h.grantee) IN (SELECT oid, grantee FROM revoked)
    OR (h.oid, h.grantee, h.privilege_type) NOT IN (SELECT oid, grantee, privilege_type FROM had)
  GROUP BY h.oid, h.grantee, h.is_grantable
), change AS (
  SELECT oid, 0 AS step, grantee, false AS "isGrant", NULL::text[] AS privileges, false AS "isGrantable" FROM revoked
  UNION ALL
  SELECT g.oid, 1, g.grantee, true, CASE WHEN cardinality(g.privileges)
      < (SELECT count(*) FROM aclexplode(e.base) AS b WHERE b.grantee = e.defaclrole) THEN g.privileges END, g.is_grantable
  FROM granted g JOIN entry e ON e.oid = g.oid
)
SELECT 'pg_default_acl:' || e.oid AS id, pg_get_userbyid(e.defaclrole) AS role, n.nspname AS schema,
  CASE e.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
    WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS objects,
  coalesce((SELECT json_agg(json_build_object('isGrant', c."isGrant", 'privileges', c.privileges, 'isGrantable', c."isGrantable",
      'grantee', CASE WHEN c.grantee <> 0 THEN pg_get_userbyid(c.grantee) END) ORDER BY c.step, pg_get_userbyid(c.grantee), c."isGrantable")
    FROM change c WHERE c.oid = e.oid), '[]') AS changes
FROM entry e LEFT JOIN pg_namespace n ON n.oid = e.defaclnamespace`
