import type { Session } from '../../postgres/session.ts'
import { quoteName } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads the schemas of users. `public` is among them, and exists in every new database. */
export async function readSchemas(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<SchemaRow>(SCHEMAS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, name, owner, hasComment }) => {
      const identity = `SCHEMA ${quoteName(name)}`
      const create = name === 'public' ? createPublic(hasComment) : `CREATE ${identity}`
      return { id, kind: 'schema', identity, schema: undefined, section: 'pre-data', create: [create], owner }
    }),
  }
}

/**
 * CREATE SCHEMA IF NOT EXISTS needs the privilege to create schemas even if there is nothing to create. The `public` of a new database has
 * a comment. It is lost if the schema was created again, and only its owner may remove it.
 */
function createPublic(hasComment: boolean): string {
  const uncommented = `
  ELSIF pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'public'), 'USAGE') THEN COMMENT ON SCHEMA public IS NULL;`
  return `DO $$
BEGIN
  IF to_regnamespace('public') IS NULL THEN CREATE SCHEMA public;${hasComment ? ' ' : `${uncommented}\n  `}END IF;
END $$`
}

interface SchemaRow extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly hasComment: boolean
}

const SCHEMAS_SQL = `
SELECT 'pg_namespace:' || n.oid AS id, n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner,
  obj_description(n.oid, 'pg_namespace') IS NOT NULL AS "hasComment"
FROM pg_namespace n WHERE ${IS_USER_SCHEMA}`
