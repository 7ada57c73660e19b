import type { Profile } from '../../config/config.ts'
import { matchesPattern } from '../../core/table-pattern.ts'
import type { Database } from '../../postgres/database.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withDatabases } from '../../run/databases.ts'
import { selectionOf } from '../../run/selection-of.ts'
import type { DiffOptions } from '../../schema/diff/compare-object.ts'
import { compareSchemas, type SchemaDiff } from '../../schema/diff/compare-schemas.ts'
import { inExtensionSchemas } from '../../schema/in-extension-schemas.ts'
import { readSchema } from '../../schema/read-schema.ts'
import type { DatabaseSchema } from '../../schema/schema-object.ts'

/** What `mbsync schema diff` is asked. */
export interface SchemaDiffOptions {
  /** Patterns of tables; empty for everything that the databases have. */
  readonly tables: readonly string[]
}

/** How the schemas of the two databases of a profile differ. */
export interface SchemaComparison extends SchemaDiff {
  readonly source: string
  readonly target: string
  readonly compared: DiffOptions
}

/**
 * Compares the schemas of both databases of a profile. Changes nothing.
 * @throws UsageError
 */
export async function diffSchemas(
  profile: Profile,
  { tables }: SchemaDiffOptions,
  context: JobContext,
): Promise<SchemaComparison> {
  const { only } = selectionOf(profile, { tables })
  const matches: Parameters<typeof compareSchemas>[3] =
    only.length === 0 ? undefined : (name) => only.some((pattern) => matchesPattern(pattern, name))
  return withDatabases(profile, context, async (databases) => {
    const diff = await compareDatabases(databases, profile, matches)
    const { owner, grants } = profile
    return { ...diff, source: profile.from.name, target: profile.to.name, compared: { owner, grants } }
  })
}

/** Reads the schemas of two databases, each as one snapshot sees it, and compares them. */
export async function compareDatabases(
  { source, target }: { readonly source: Database; readonly target: Database },
  { owner, grants }: DiffOptions,
  matches?: Parameters<typeof compareSchemas>[3],
): Promise<SchemaDiff> {
  const [read, from] = await Promise.all([readFrom(source), readFrom(target)])
  const session = await target.session()
  const to = await inExtensionSchemas(session, read)
  target.giveBack(session)
  return compareSchemas(to, from, { owner, grants }, matches)
}

async function readFrom(database: Database): Promise<DatabaseSchema> {
  const session = await database.session()
  const schema = await session.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', () =>
    readSchema(session),
  )
  database.giveBack(session)
  return schema
}
