import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { query, type Servers, withClient } from '../servers.ts'
import type { Dataset } from './dataset.ts'

/** The database that is loaded, or restored into: new for each measurement. */
export const FRESH = 'fresh'
/** A role that owns the database, and is no superuser. */
export const OWNER = 'plain_owner'

/** Where a scenario is measured. */
export interface Stage {
  readonly servers: Servers
  readonly data: Dataset
  /** How programs reach the data: straight, or over a slow network. */
  readonly from: string
  /** How programs reach a database of the target. */
  readonly to: (database: string, user?: string) => string
  /** For dumps. */
  readonly folder: string
}

/** Makes the fresh database of the target an empty one. */
export async function emptyFresh({ servers: { target } }: Stage, owner?: string): Promise<void> {
  await query(
    target,
    `DROP DATABASE IF EXISTS ${FRESH}; CREATE DATABASE ${FRESH}${owner === undefined ? '' : ` OWNER ${owner}`}`,
  )
}

/** Where the database is that mbsync keeps equal to the data. */
export function keptOf({ data }: Pick<Stage, 'data'>): string {
  return `kept_${data.database}`
}

/** Fails unless a database of the target has the rows of the source. */
export async function expectSame(
  { servers: { source, target }, data }: Stage,
  database: string,
): Promise<void> {
  const [wanted, found] = await Promise.all([
    contentOf(source.url(data.database)),
    contentOf(target.url(database)),
  ])
  if (wanted !== found) throw new Error(`The rows in ${database} are not those of the source`)
}

const TABLES_AT_ONCE = 100

/** Counts and sums of hashes: the same on both sides exactly if the rows are. */
async function contentOf(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    )
    const lines: string[] = []
    for (let at = 0; at < rows.length; at += TABLES_AT_ONCE) {
      const asked = rows
        .slice(at, at + TABLES_AT_ONCE)
        .map(
          ({ name }) =>
            `SELECT '${name} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM ${name} t`,
        )
      const found = await client.query<{ line: string }>(asked.join('\nUNION ALL\n'))
      lines.push(...found.rows.map(({ line }) => line))
    }
    return lines.sort().join('\n')
  })
}

/** Bytes of the files of a folder. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return sizes.reduce((total, size) => total + size, 0)
}
