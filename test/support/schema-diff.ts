import type pg from 'pg'
import { compareSchemas, type SchemaDiff } from '../../src/schema/diff/compare-schemas.ts'
import { safeSteps } from '../../src/schema/diff/safe-statements.ts'
import type { DatabasePair } from './databases.ts'
import { schemaOf } from './schema-copy.ts'

/** How the schemas of two databases differ, with owners and grants. */
export async function diffOf({ source, target }: DatabasePair): Promise<SchemaDiff> {
  const [to, from] = await Promise.all([schemaOf(source.url), schemaOf(target.url)])
  return compareSchemas(to, from, { owner: 'source', grants: 'source' })
}

/** The changes of a diff, one a line, with `safe` or the reason for a review. */
export function linesOf({ differences }: SchemaDiff): string[] {
  return differences.flatMap(({ identity, changes }) =>
    changes.map(({ what, review, part }) => `${part ?? identity}: ${what} (${review ?? 'safe'})`),
  )
}

/** Executes what a diff calls safe, as its script does. */
export async function applySafe(client: pg.Client, diff: SchemaDiff): Promise<void> {
  const { before, within, after } = safeSteps(diff)
  await client.query('SET check_function_bodies = off')
  for (const { sql } of before) await execute(client, sql)
  await client.query('BEGIN')
  for (const { sql } of within) await execute(client, sql)
  await client.query('COMMIT')
  for (const { sql } of after) await execute(client, sql)
}

async function execute(client: pg.Client, statement: string): Promise<void> {
  await client.query(statement).catch((error: unknown) => {
    throw new Error(`${statement}\n${error instanceof Error ? error.message : ''}`)
  })
}
