import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { PARTS_LIBRARY_SCHEMA } from '../demo/parts-library.ts'
import { allHostileParts } from '../fixtures/hostile/hostile-parts.ts'
import { HOSTILE_SCRIPT_PINS } from '../fixtures/hostile/hostile-scripts.ts'

/** The schemas in test/fixtures/schemas that are about tables, each in database schemas of its own. */
const FILES = ['relations', 'privileges', 'rails', 'prisma', 'time-series', 'many-tables']

/** What the fixtures grant something to; roles are of the whole server. */
const ROLES = ['mbsync_owner', 'mbsync_reader', 'Mbsync Writer']

/** The text of a file in test/fixtures/schemas. */
export function schemaFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/schemas/${name}.sql`, import.meta.url), 'utf8')
}

/** Fills a database with everything that tables can be, from all fixtures at once. */
export async function createAllSchemas(client: pg.Client, more: readonly string[] = []): Promise<void> {
  await createRoles(client)
  const hostile = allHostileParts.map(({ schemaSql }) => HOSTILE_SCRIPT_PINS + schemaSql)
  const demo = `CREATE SCHEMA demo; SET search_path = demo; ${PARTS_LIBRARY_SCHEMA}`
  for (const sql of [...hostile, demo, ...[...FILES, ...more].map(schemaFixture)]) {
    await client.query('RESET search_path')
    await client.query(sql)
  }
}

/** Creates the roles of the fixtures on a server that does not have them. */
export async function createRoles(client: pg.Client): Promise<void> {
  for (const role of ROLES) {
    await client.query(
      `DO $$ BEGIN CREATE ROLE "${role}"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    )
  }
}
