import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { PARTS_LIBRARY_SCHEMA } from '../demo/parts-library.ts'
import type { FixturePart } from '../fixtures/hostile/fixture-part.ts'
import { allHostileParts } from '../fixtures/hostile/hostile-parts.ts'
import { HOSTILE_SCRIPT_PINS } from '../fixtures/hostile/hostile-scripts.ts'

/** What the fixtures grant something to; roles are of the whole server. */
const ROLES = ['mbsync_owner', 'mbsync_reader', 'mbsync_admin', 'Mbsync Writer']

/** The text of a file in test/fixtures/schemas. */
export function schemaFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/schemas/${name}.sql`, import.meta.url), 'utf8')
}

/** Fills a database from files in test/fixtures/schemas, each of which has schemas of its own. */
export async function createSchemas(client: pg.Client, files: readonly string[]): Promise<void> {
  await createRoles(client)
  for (const file of files) await client.query(schemaFixture(file))
}

/** Fills a database with the demo and all hostile fixtures. */
export async function createHostileSchemas(
  client: pg.Client,
  without: readonly FixturePart[] = [],
): Promise<void> {
  const hostile = allHostileParts
    .filter((part) => !without.includes(part))
    .map(({ schemaSql }) => HOSTILE_SCRIPT_PINS + schemaSql)
  for (const sql of [...hostile, `CREATE SCHEMA demo; SET search_path = demo; ${PARTS_LIBRARY_SCHEMA}`]) {
    await client.query('RESET search_path')
    await client.query(sql)
  }
  await client.query('RESET search_path')
}

/** Creates the roles of the fixtures on a server that does not have them. */
export async function createRoles(client: pg.Client): Promise<void> {
  for (const role of ROLES) {
    await client.query(
      `DO $$ BEGIN CREATE ROLE "${role}"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    )
  }
}
