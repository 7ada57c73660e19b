import type pg from 'pg'
import { compareSchemas, type SchemaDiff } from '../../src/schema/diff/compare-schemas.ts'
import { scriptSteps } from '../../src/schema/diff/write-diff-script.ts'
import { createDatabasePair, type DatabasePair } from './databases.ts'
import { schemaOf } from './schema-copy.ts'

/** How the schemas of two databases differ, with owners and grants. */
export async function diffOf({ source, target }: DatabasePair): Promise<SchemaDiff> {
  const [to, from] = await Promise.all([schemaOf(source.url), schemaOf(target.url)])
  return compareSchemas(to, from, { owner: 'source', grants: 'source' })
}

/** Applies what is safe to a target, and says what differed before and afterwards. */
export async function settle(
  sourceSql: string,
  targetSql: string,
  isSourceNew = false,
): Promise<{ before: string[]; after: string[] }> {
  const pair = await createDatabasePair({ sourceSql, targetSql, isSourceNew })
  try {
    const before = await diffOf(pair)
    await applySafe(pair.target.client, before)
    return { before: linesOf(before), after: linesOf(await diffOf(pair)) }
  } finally {
    await pair.drop()
  }
}

/** The changes of a diff, one a line, with `safe` or the reason for a review. */
export function linesOf({ differences }: SchemaDiff): string[] {
  return differences.flatMap(({ identity, changes }) =>
    changes.map(({ what, review, part }) => `${part ?? identity}: ${what} (${review ?? 'safe'})`),
  )
}

/**
 * What differs although nothing said that it would: neither a review that the diff before has named, nor a statement that rows of the target have made
 * fail.
 */
export function unexpected(before: SchemaDiff, after: SchemaDiff, failed: readonly string[]): string[] {
  const reviews = new Set(
    linesOf(before)
      .filter((line) => !line.endsWith('(safe)'))
      .map(subjectOf),
  )
  const differences = after.differences.map((difference) => ({
    ...difference,
    changes: difference.changes.filter(({ review, statements: { after: late = [], within = [] } }) => {
      const isRefused = late.length > 0 && within.length === 0 && late.every((sql) => failed.includes(sql))
      return review !== undefined || !isRefused
    }),
  }))
  return linesOf({ ...after, differences }).filter((line) => !reviews.has(subjectOf(line)))
}

/** What a line is about, without its reason and what other changes settle: a column that was added is another's new name no more. */
function subjectOf(line: string): string {
  return line.replace(/(; perhaps it is .*|, with other columns)? \(.*$/s, '')
}

/** Executes what a diff calls safe, as its script does. Returns what failed after the transaction, because of rows. */
export async function applySafe(client: pg.Client, diff: SchemaDiff): Promise<string[]> {
  const { before, within, single, after } = scriptSteps(diff)
  await client.query('SET check_function_bodies = off')
  for (const { sql } of before) await execute(client, sql)
  await client.query('BEGIN')
  for (const { sql } of within) await execute(client, sql)
  await client.query('COMMIT')
  const failed: string[] = []
  for (const steps of single) {
    const all = steps.map(({ sql }) => sql)
    await client.query(['BEGIN', ...all, 'COMMIT'].join(';\n')).catch(async () => {
      failed.push(...all)
      await client.query('ROLLBACK')
    })
  }
  for (const { sql } of after) await client.query(sql).catch(() => failed.push(sql))
  return failed
}

async function execute(client: pg.Client, statement: string): Promise<void> {
  await client.query(statement).catch((error: unknown) => {
    throw new Error(`${statement}\n${error instanceof Error ? error.message : ''}`)
  })
}
