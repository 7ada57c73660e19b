import { TableSet } from '../../../core/table-map.ts'
import type { Column, Partition } from '../../../postgres/catalog/table.ts'
import type { Database } from '../../../postgres/database.ts'
import { arrayLiteral, columnList, identifier, relation } from '../../../postgres/identifiers.ts'
import { inParallel } from '../../../postgres/in-parallel.ts'
import type { Session } from '../../../postgres/session.ts'
import { copiedColumns } from '../../inspect/columns.ts'
import type { TablePair } from '../../inspect/inspection.ts'
import { usableKey } from '../../merge/merge-table.ts'
import type { LiveChanges } from '../../source/live-changes.ts'
import { orderedShare } from './ordered-share.ts'

/** With a smaller share of rows in the order of the source, comparing costs more than it saves: each row that is elsewhere must be searched, land and be merged. */
const LEAST_SHARE = 0.95
const SAMPLED_PAGES = 32
const ROWS_OF_A_PAGE = 8
const NO_SUCH_VALUES = { places: null }
/** As many line pointers fit on a page. */
const MOST_ROWS_OF_A_PAGE = 291
/** Spreads samples without a period that rows could have, too. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

/**
 * Finds the tables of which both sides have most rows in the same order on disk, by a sample: rows from pages all over the target's table, and where
 * the source has those with their keys. A table whose keys cannot be looked up counts as one of them.
 */
export async function findOrdered(
  target: Database,
  changes: LiveChanges,
  pairs: readonly TablePair[],
  jobs: number,
): Promise<TableSet> {
  const ordered = new TableSet()
  await inParallel(target, jobs, pairs, async (session, pair) => {
    if (await isOrdered(session, changes, pair)) ordered.add(pair.source.name)
  })
  return ordered
}

async function isOrdered(session: Session, changes: LiveChanges, pair: TablePair): Promise<boolean> {
  const columns = keyToLookUp(pair)
  const [partition] = pair.target.partitions
  if (columns === undefined || partition === undefined) return true
  const { keys } = await session.queryOne<{ keys: string[][] }>(sampleSql(partition, columns))
  // The source may have no such values: in its encoding, or as it is older than the target.
  const [[found] = []] = await changes.query<{ places: (number | null)[] | null }>(
    pair.source.name,
    [(rows) => placesSql(rows, columns, keys)],
    { ifFails: NO_SUCH_VALUES },
  )
  return found === NO_SUCH_VALUES || orderedShare(found?.places ?? []) >= LEAST_SHARE
}

/**
 * The columns of the key; undefined if no index of the source leads to their values in the target, or if a user could have defined how they are compared:
 * those of masks, of enums, and of arrays.
 */
function keyToLookUp(pair: TablePair): readonly Column[] | undefined {
  const copied = copiedColumns(pair)
  const key = usableKey(pair.target, copied)?.columns ?? []
  const columns = key.flatMap((column) => copied.filter(({ name }) => name === column.name))
  const canBeLookedUp = ({ name, baseType }: Column) =>
    pair.source.masked?.has(name) !== true && !/[.[]/.test(baseType)
  return columns.length > 0 && columns.every(canBeLookedUp) ? columns : undefined
}

/** For each column of the key, its texts in the sampled rows, which are spread over each sampled page, as rows move to its end when they are updated there. */
function sampleSql({ name, pages }: Partition, columns: readonly Column[]): string {
  const count = Math.min(SAMPLED_PAGES, pages)
  const sampled = Array.from({ length: count }, (_, at) =>
    Math.floor(((at + ((at * GOLDEN_RATIO) % 1)) * pages) / count).toString(),
  )
  const names = columnList(columns.map((column) => column.name))
  const texts = columns.map(
    (column) => `coalesce(array_agg(concat(${identifier(column.name)}) ORDER BY mbsync_ctid), '{}')`,
  )
  return `
SELECT json_build_array(${texts.join(', ')}) AS keys
FROM (SELECT *, row_number() OVER (PARTITION BY mbsync_page ORDER BY mbsync_ctid) - 1 AS mbsync_n,
    count(*) OVER (PARTITION BY mbsync_page) AS mbsync_of
  FROM (SELECT ${names}, ctid AS mbsync_ctid, (ctid::text::point)[0] AS mbsync_page FROM ONLY ${relation(name)}
    WHERE ctid = ANY (ARRAY(SELECT format('(%s,%s)', p, r)::tid
      FROM unnest(${arrayLiteral(sampled, 'bigint')}) AS p, generate_series(1, ${MOST_ROWS_OF_A_PAGE}) AS r))) AS sampled) AS numbered
WHERE mbsync_n % greatest((mbsync_of + ${ROWS_OF_A_PAGE - 1}) / ${ROWS_OF_A_PAGE}, 1) = 0`
}

/** The place of each row in the order of `rows`, or null. The operator is that of an index, for built-in types. */
function placesSql(rows: string, columns: readonly Column[], keys: readonly (readonly string[])[]): string {
  const values = columns.map(({ baseType }, at) => arrayLiteral(keys[at] ?? [], baseType))
  const names = columns.map((_, at) => `mbsync_key${at}`)
  const isSame = columns.map(
    ({ name }, at) => `t.${identifier(name)} OPERATOR(pg_catalog.=) mbsync_key.mbsync_key${at}`,
  )
  return `
SELECT json_agg(mbsync_place ORDER BY mbsync_n) AS places
FROM (SELECT mbsync_n, CASE WHEN mbsync_ctid IS NOT NULL THEN row_number() OVER (ORDER BY mbsync_ctid) END AS mbsync_place
  FROM (SELECT mbsync_n, (SELECT t.ctid FROM ${rows} AS t WHERE ${isSame.join(' AND ')} LIMIT 1) AS mbsync_ctid
    FROM unnest(${values.join(', ')}) WITH ORDINALITY AS mbsync_key (${names.join(', ')}, mbsync_n)) AS found) AS placed`
}
