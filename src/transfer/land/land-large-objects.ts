import { countOf } from '../../core/count-of.ts'
import { RefusedError } from '../../core/errors.ts'
import type { TableName } from '../../core/table-name.ts'
import type { Column, Table } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import {
  findLargeObjects,
  hashLargeObjects,
  type LargeObjectPage,
  PAGE_BYTES,
  readPages,
} from '../../postgres/large-objects.ts'
import type { Session } from '../../postgres/session.ts'

/** The tables in which large objects land, and in which the replaced ones will be kept. */
export interface LandedLargeObjects {
  /** The numbers that rows refer to, with the object id of the role that owns the table. */
  readonly numbers: TableName
  /** Every page of the source's large objects, by hash, with the data of those that differ in the target. */
  readonly pages: TableName
  readonly undo: TableName
  /** Bytes that were read from the source. */
  readonly bytes: number
}

/** A table whose rows have all landed, and its columns with numbers of large objects. */
export interface ReferringTable {
  readonly target: Pick<Table, 'oid'>
  readonly landing: TableName
  readonly columns: readonly Pick<Column, 'name' | 'baseType'>[]
}

/** How many large objects are compared at once. */
const BATCH = 100
/** How many pages are in memory at once. */
const PAGES_AT_ONCE = 8

/**
 * Compares the large objects that landed rows refer to, page by page, with each side hashing its own, and lands the pages that the target
 * lacks. A number without a large object in the source refers to nothing there, either.
 * @throws RefusedError if the role may not read one in the source, or not replace one in the target
 */
export async function landLargeObjects(
  source: Session,
  target: Session,
  runId: number,
  tables: readonly ReferringTable[],
): Promise<LandedLargeObjects> {
  const names = largeObjectNames(runId)
  const { numbers, pages } = names
  await target.defineFrom(`
    CREATE UNLOGGED TABLE ${relation(numbers)} AS SELECT DISTINCT ON (oid) oid, owner FROM (${numbersSql(tables)}) AS n WHERE oid <> 0 ORDER BY oid, owner;
    CREATE UNIQUE INDEX ON ${relation(numbers)} (oid);
    CREATE UNLOGGED TABLE ${relation(pages)} (oid oid, page int, bytes int, hash bytea, data bytea) WITH (autovacuum_enabled = false)`)
  let bytes = 0
  for (let last = 0; ; ) {
    const batch = await target.query<{ oid: number }>(
      `SELECT oid FROM ${relation(numbers)} WHERE oid > $1::oid ORDER BY oid LIMIT ${BATCH}`,
      [last],
    )
    const oids = batch.map(({ oid }) => oid)
    bytes += await landBatch(source, target, pages, oids)
    last = oids.at(-1) ?? last
    if (oids.length < BATCH) break
  }
  await target.defineFrom(`CREATE UNIQUE INDEX ON ${relation(pages)} (oid, page)`)
  return { ...names, bytes }
}

function largeObjectNames(runId: number): Omit<LandedLargeObjects, 'bytes'> {
  return {
    numbers: { schema: 'mbsync_landing', name: `run_${runId}_large_object_numbers` },
    pages: { schema: 'mbsync_landing', name: `run_${runId}_large_object_pages` },
    undo: { schema: 'mbsync_undo', name: `run_${runId}_large_objects` },
  }
}

/** Columns may have landed as text. */
function numbersSql(tables: readonly ReferringTable[]): string {
  return tables
    .flatMap(({ target, landing, columns }) =>
      columns.map(
        ({ name, baseType }) => `SELECT ${numberSql(name, baseType)} AS oid,
          (SELECT relowner FROM pg_class WHERE oid = ${target.oid}) AS owner FROM ${relation(landing)}`,
      ),
    )
    .join(' UNION ALL ')
}

function numberSql(name: string, baseType: string): string {
  const text = `${identifier(name)}::text`
  return baseType.endsWith('[]') ? `unnest(${text}::oid[])` : `${text}::oid`
}

async function landBatch(
  source: Session,
  target: Session,
  table: TableName,
  numbers: readonly number[],
): Promise<number> {
  const found = await findLargeObjects(source, numbers)
  refuseUnreadable(
    source,
    found.filter(({ canRead }) => !canRead),
  )
  const oids = found.map(({ oid }) => oid)
  const there = await findLargeObjects(target, oids)
  const readable = there.filter(({ canRead }) => canRead).map(({ oid }) => oid)
  const [wanted, known] = await Promise.all([
    hashLargeObjects(source, oids),
    hashLargeObjects(target, readable),
  ])
  const hashes = new Map(known.map(({ oid, page, hash }) => [`${oid} ${page}`, hash]))
  const differs = ({ oid, page, hash }: LargeObjectPage) => hashes.get(`${oid} ${page}`) !== hash
  const differing = new Set(wanted.filter(differs).map(({ oid }) => oid))
  refuseUnwritable(
    target,
    there.filter(({ oid, canRead, canWrite }) => !canRead || (differing.has(oid) && !canWrite)),
  )
  await insertPages(
    target,
    table,
    wanted.filter((page) => !differs(page)).map((page) => ({ ...page, data: null })),
  )
  const changed = wanted.filter(differs)
  for (let at = 0; at < changed.length; at += PAGES_AT_ONCE) {
    const some = changed.slice(at, at + PAGES_AT_ONCE)
    const read = new Map(
      (await readPages(source, some)).map(({ oid, page, data }) => [`${oid} ${page}`, data]),
    )
    await insertPages(
      target,
      table,
      some.map((page) => ({ ...page, data: read.get(`${page.oid} ${page.page}`) ?? null })),
    )
  }
  return changed.reduce((total, page) => total + page.bytes, 0)
}

async function insertPages(
  target: Session,
  table: TableName,
  pages: readonly (LargeObjectPage & { readonly data: Buffer | null })[],
): Promise<void> {
  if (pages.length === 0) return
  await target.query(
    `INSERT INTO ${relation(table)} SELECT oid, page, bytes, decode(hash, 'hex'), data
     FROM unnest($1::oid[], $2::int[], $3::int[], $4::text[], $5::bytea[]) AS p (oid, page, bytes, hash, data)`,
    [
      pages.map(({ oid }) => oid),
      pages.map(({ page }) => page),
      pages.map(({ bytes }) => bytes),
      pages.map(({ hash }) => hash),
      pages.map(({ data }) => data),
    ],
  )
}

function refuseUnreadable(
  { database }: Session,
  [first, ...others]: readonly { readonly oid: number }[],
): void {
  if (first === undefined) return
  throw new RefusedError(
    `${database}: the role may not read ${countOf(others.length + 1, 'large object')} that rows refer to, such as ${first.oid}`,
    {
      hint: 'No role may read all large objects but a superuser: GRANT SELECT ON LARGE OBJECT … TO …, or read as their owner; or set `largeObjects: leave`. Nothing has changed in the target.',
    },
  )
}

function refuseUnwritable(
  { database }: Session,
  [first, ...others]: readonly { readonly oid: number }[],
): void {
  if (first === undefined) return
  throw new RefusedError(
    `${database}: the role may not replace ${countOf(others.length + 1, 'large object')} of the target that rows refer to, such as ${first.oid}`,
    {
      hint: 'GRANT SELECT, UPDATE ON LARGE OBJECT … TO …, or run as their owner; or set `largeObjects: leave`. Nothing has changed in the target.',
    },
  )
}

/** The bytes of a large object before a page. */
export function startOf(page: string): string {
  return `${page}::pg_catalog.int8 OPERATOR(pg_catalog.*) ${PAGE_BYTES}`
}
