import type { Session } from '../../postgres/session.ts'
import { quoteName } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads the schemas of the users. `public` is among them, and there already in a database that is new. */
export async function readSchemas(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<SchemaRow>(SCHEMAS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, name, owner }) => {
      const identity = `SCHEMA ${quoteName(name)}`
      const create = name === 'public' ? CREATE_PUBLIC : `CREATE ${identity}`
      return { id, kind: 'schema', identity, schema: undefined, section: 'pre-data', create: [create], owner }
    }),
  }
}

/** CREATE SCHEMA IF NOT EXISTS takes the privilege to create schemas even where there is nothing to create. */
const CREATE_PUBLIC = `DO $$
BEGIN
  IF to_regnamespace('public') IS NULL THEN CREATE SCHEMA public; END IF;
END $$`

interface SchemaRow extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly owner: string
}

const SCHEMAS_SQL = `
SELECT 'pg_namespace:' || n.oid AS id, n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner
FROM pg_namespace n WHERE ${IS_USER_SCHEMA}`
