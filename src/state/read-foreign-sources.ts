import { Readable } from 'node:stream'
import { copyRows } from '../postgres/copy-rows.ts'
import type { Session } from '../postgres/session.ts'
import type { RowOrigin } from './sources.ts'

/** What the state in a database that is only read says of where its rows came from. */
export type ForeignSources =
  | { readonly kind: 'known'; readonly origins: readonly RowOrigin[] }
  /** There is a state, and the role may not read the named table of it. */
  | { readonly kind: 'forbidden'; readonly table: string }
  /** There is something in its place that mbsync has not made. */
  | { readonly kind: 'foreign'; readonly table: string }

/** More than any state of mbsync holds there. */
const LARGEST_BYTES = 64 * 1024 * 1024

/** The tables that remember sources, the best one first, with the columns that are read and their types. */
const MEMORIES = [
  {
    table: 'sources',
    columns: { system_identifier: 'text', database_oid: 'int8', database_name: 'text', name: 'text' },
    originOf: ([systemIdentifier, databaseOid, database, name]: readonly (string | null)[]) =>
      originFrom({ systemIdentifier: systemIdentifier || null, databaseOid, database, name }),
  },
  {
    // Of an mbsync that had no table of sources.
    table: 'runs',
    columns: { status: 'text', source: 'jsonb' },
    originOf: ([status, source]: readonly (string | null)[]) =>
      status === 'succeeded' || status === 'rolled back' ? originFrom(parsed(source)) : undefined,
  },
] as const

/**
 * Reads what the state in a database says of where its rows came from, without trusting it: the owner of the database may have put
 * anything there. COPY of plain columns of an ordinary table runs no code but that of built-in types: it plans nothing, so neither policies
 * nor expressions of indexes are evaluated (sessions have `row_security` off).
 */
export async function readForeignSources(session: Session): Promise<ForeignSources> {
  const found = await Promise.all(MEMORIES.map(({ table, columns }) => readFacts(session, table, columns)))
  for (const [index, memory] of MEMORIES.entries()) {
    const table = `mbsync.${memory.table}`
    const facts = found[index]
    if (facts === undefined) continue
    if (!facts.isPlain) return { kind: 'foreign', table }
    if (!facts.isReadable) return { kind: 'forbidden', table }
    const origins = await readOrigins(
      session,
      `COPY ${table} (${Object.keys(memory.columns).join(', ')}) TO STDOUT`,
      memory.originOf,
    )
    return origins === undefined ? { kind: 'foreign', table } : { kind: 'known', origins }
  }
  return { kind: 'known', origins: [] }
}

async function readFacts(
  session: Session,
  table: string,
  columns: Readonly<Record<string, string>>,
): Promise<{ readonly isPlain: boolean; readonly isReadable: boolean } | undefined> {
  const [facts] = await session.query<{ isPlain: boolean; isReadable: boolean }>(TABLE_FACTS_SQL, [
    table,
    Object.keys(columns),
    Object.values(columns),
    LARGEST_BYTES,
  ])
  return facts
}

const TABLE_FACTS_SQL = `
SELECT c.relkind = 'r' AND NOT c.relrowsecurity AND pg_catalog.pg_table_size(c.oid) <= $4::int8 AND NOT EXISTS (
    SELECT FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) AS wanted (name, type)
    WHERE NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attname = wanted.name AND NOT a.attisdropped AND a.attgenerated = ''
        AND t.typnamespace = 'pg_catalog'::regnamespace AND t.typname = wanted.type
    )
  ) AS "isPlain",
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS "isReadable"
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'mbsync' AND c.relname = $1`

/** Each origin once; undefined if there is more than any state of mbsync holds. */
async function readOrigins(
  session: Session,
  sql: string,
  originOf: (row: readonly (string | null)[]) => RowOrigin | undefined,
): Promise<RowOrigin[] | undefined> {
  const origins = new Map<string, RowOrigin>()
  const size = { bytes: 0 }
  await session.busy(sql, async () => {
    for await (const rows of copyRows(Readable.from(upTo(LARGEST_BYTES, session.copyOut(sql), size)))) {
      for (const row of rows) {
        const origin = originOf(row)
        if (origin !== undefined) origins.set(JSON.stringify(origin), origin)
      }
    }
  })
  return size.bytes > LARGEST_BYTES ? undefined : [...origins.values()]
}

/** Passes at most `most` bytes on; the rest is read to its end, as the session is needed afterwards, and dropped. */
async function* upTo(most: number, stream: Readable, size: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size.bytes += chunk.length
    if (size.bytes <= most) yield chunk
  }
}

/** What does not have the form of an origin is none: it was not written by mbsync. */
function originFrom(facts: unknown): RowOrigin | undefined {
  if (typeof facts !== 'object' || facts === null) return undefined
  const { name, database, databaseOid, systemIdentifier = null } = { ...facts } as Record<string, unknown>
  const oid = Number(databaseOid ?? Number.NaN)
  if (typeof name !== 'string' || typeof database !== 'string' || !Number.isSafeInteger(oid)) return undefined
  if (systemIdentifier !== null && typeof systemIdentifier !== 'string') return undefined
  return { name, database, databaseOid: oid, systemIdentifier }
}

function parsed(json: string | null | undefined): unknown {
  try {
    return JSON.parse(json ?? 'null')
  } catch {
    return undefined
  }
}
