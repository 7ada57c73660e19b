import { withDatabase } from '../../src/postgres/database.ts'
import { readSchema } from '../../src/schema/read-schema.ts'
import type { DatabaseSchema } from '../../src/schema/schema-object.ts'
import { writeScript } from '../../src/schema/write-script.ts'

/** Reads the schema of a database as a run would. */
export async function schemaOf(url: string): Promise<DatabaseSchema> {
  const options = {
    name: 'production',
    url,
    role: 'source',
    connectMs: 20_000,
    lockMs: 5_000,
    silenceMs: 60_000,
  } as const
  return withDatabase({ ...options, signal: new AbortController().signal }, async (database) => {
    const session = await database.session()
    return session.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', () => readSchema(session))
  })
}

/** A schema as one script, with owners and grants, for a server of a version. */
export function scriptOf(schema: Pick<DatabaseSchema, 'objects'>, serverVersion?: number): string {
  const version = serverVersion === undefined ? {} : { serverVersion }
  return writeScript(schema, { owner: 'source', grants: 'source', ...version })
}
