import type { Session } from '../../postgres/session.ts'
import { quoteName } from '../quote-name.ts'
import type { ReadObjects } from './read-context.ts'

/** Reads the extensions of the database, except those of a new one. They will be created in the version that the server has. */
export async function readExtensions(session: Session): Promise<ReadObjects> {
  const rows = await session.query<ExtensionRow>(EXTENSIONS_SQL)
  return {
    objects: rows.map(({ id, name, version, schema }) => {
      const create = `CREATE EXTENSION IF NOT EXISTS ${quoteName(name)} WITH SCHEMA ${quoteName(schema)}`
      return {
        id,
        kind: 'extension',
        identity: `EXTENSION ${quoteName(name)}`,
        schema: undefined,
        section: 'pre-data',
        create: [create],
        // No statement can change it.
        owner: undefined,
        extension: { name, version },
      }
    }),
  }
}

interface ExtensionRow extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly schema: string
}

/** Every database has PL/pgSQL, and no dump has it. */
const EXTENSIONS_SQL = `
SELECT 'pg_extension:' || e.oid AS id, e.extname AS name, e.extversion AS version, n.nspname AS schema
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE NOT (e.extname = 'plpgsql' AND n.nspname = 'pg_catalog')`
