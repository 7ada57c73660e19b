import type { TableName } from '../../core/table-name.ts'
import { columnList, identifier, literal, relation } from '../../postgres/identifiers.ts'
import { areMasked, columnSql } from '../masks/table-masks.ts'
import type { Part } from './part.ts'
import type { LivePart, PageRange } from './plan-parts.ts'

/**
 * The encoding of COPY on the wire: UTF8, with conversion by the servers. The bytes of a SQL_ASCII source have no known encoding and travel
 * unchanged.
 */
export function wireEncoding(serverEncoding: string): string {
  return serverEncoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'
}

/**
 * The encoding that the target assumes for the bytes on the wire. If they have no known encoding, it checks that they are valid in its own.
 */
export function landingEncoding(wire: string, targetEncoding: string): string {
  return wire === 'SQL_ASCII' ? targetEncoding : wire
}

/** `COPY … TO STDOUT` for a part: the plain form for a whole table, which is the fastest, otherwise a query. */
export function copyOutSql(part: LivePart, encoding: string): string {
  if (!isPlainCopy(part)) return `COPY (${selectSql(part)}) TO STDOUT WITH (${formatSql(part, encoding)})`
  return copyTableSql(part.partition.name, part, encoding)
}

/** `COPY … TO STDOUT` for all rows of a relation, in the form of a part. */
export function copyTableSql(
  relationName: TableName,
  part: Pick<LivePart, 'columns' | 'isBinary'>,
  encoding: string,
): string {
  const columns = columnList(part.columns)
  // Without a list, COPY takes all columns that are not generated. Here there are none.
  const list = columns === '' ? '' : ` (${columns})`
  return `COPY ${relation(relationName)}${list} TO STDOUT WITH (${formatSql(part, encoding)})`
}

/** The query that gives the rows of a part as they leave the source. */
export function selectSql(part: LivePart): string {
  return `SELECT ${selectList(part)} ${fromPart(part)}`
}

/** Whether a part is read without a query, and so without the planner. */
export function isPlainCopy({ pages, where, filter, from, columns, masks }: LivePart): boolean {
  const isWhole = pages === undefined && where === undefined && filter === undefined && from === undefined
  return isWhole && !areMasked(columns, masks)
}

/** The columns as they leave the source. */
function selectList({ columns, masks }: LivePart): string {
  return columns.map((name) => columnSql(name, masks)).join(', ')
}

/** `FROM … WHERE …` for the rows of a part. The alias lets a condition that names the table work on its partitions, too. */
export function fromPart({ table, partition, pages, where, filter, from: item }: LivePart): string {
  const from = item ?? `ONLY ${relation(partition.name)} AS ${identifier(table.name)}`
  const conditions = [pageCondition(pages), where === undefined ? '' : `(${where}\n)`, filter ?? ''].filter(
    Boolean,
  )
  return conditions.length === 0 ? `FROM ${from}` : `FROM ${from} WHERE ${conditions.join(' AND ')}`
}

/** The rows of a part at these ctids, a `tid[]` as text. They are known to meet the condition of the table. */
export function atCtids(part: LivePart, ctids: string): LivePart {
  const filter = `${identifier(part.table.name)}.ctid = ANY (${literal(ctids)}::tid[])`
  return { ...part, pages: undefined, where: undefined, filter }
}

/** The SQL condition that a row is on these pages, under any search path; empty for all pages. */
export function pageCondition(pages: PageRange | undefined, ctid = 'ctid'): string {
  if (pages === undefined) return ''
  const at = (page: number) => `'(${page},0)'::pg_catalog.tid`
  const from = `${ctid} OPERATOR(pg_catalog.>=) ${at(pages.first)}`
  return pages.end === undefined ? from : `${from} AND ${ctid} OPERATOR(pg_catalog.<) ${at(pages.end)}`
}

/** `COPY … FROM STDIN` into a landing table. */
export function copyInSql(
  landing: TableName,
  columns: readonly string[],
  encoding: string,
  part: Pick<Part, 'isBinary'> = {},
): string {
  // A table without columns has no column list, only rows.
  const list = columns.length === 0 ? '' : ` (${columnList(columns)})`
  return `COPY ${relation(landing)}${list} FROM STDIN WITH (${formatSql(part, encoding)})`
}

/** Texts within the binary form are in the encoding of the session, which is UTF8. */
function formatSql({ isBinary = false }: Pick<Part, 'isBinary'>, encoding: string): string {
  return isBinary ? 'FORMAT binary' : `FORMAT text, ENCODING ${literal(encoding)}`
}
