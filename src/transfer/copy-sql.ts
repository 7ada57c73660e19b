import type { TableName } from '../core/table-name.ts'
import { columnList, identifier, literal, relation } from '../postgres/identifiers.ts'
import { copiedColumns } from './columns.ts'
import type { Part } from './plan-parts.ts'

/** The encoding that COPY speaks on each side. */
export interface WireEncodings {
  readonly source: string
  readonly target: string
}

/**
 * UTF8 on the wire, converted by the servers. Bytes of a SQL_ASCII source have no known encoding: they travel as
 * they are, and the target checks that they are valid in its own.
 */
export function wireEncodings(sourceEncoding: string, targetEncoding: string): WireEncodings {
  return sourceEncoding === 'SQL_ASCII'
    ? { source: 'SQL_ASCII', target: targetEncoding }
    : { source: 'UTF8', target: 'UTF8' }
}

/** `COPY … TO STDOUT` for a part: the plain form for a whole table, which is the fastest, else a query. */
export function copyOutSql(part: Part, encoding: string): string {
  const { pair, member, pages } = part
  const columns = columnList(copiedColumns(pair).map((column) => column.name))
  const options = `TO STDOUT WITH (FORMAT text, ENCODING ${literal(encoding)})`
  if (pages === undefined && pair.where === undefined && columns !== '') {
    return `COPY ${relation(member.name)} (${columns}) ${options}`
  }
  // The alias lets a condition that names the table work on its partitions, too.
  const from = `ONLY ${relation(member.name)} AS ${identifier(pair.source.name.name)}`
  const conditions = [pageCondition(pages), pair.where === undefined ? '' : `(${pair.where}\n)`].filter(
    Boolean,
  )
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return `COPY (SELECT ${columns} FROM ${from}${where}) ${options}`
}

function pageCondition(pages: Part['pages']): string {
  if (pages === undefined) return ''
  const from = `ctid >= '(${pages.first},0)'::tid`
  return pages.end === undefined ? from : `${from} AND ctid < '(${pages.end},0)'::tid`
}

/** `COPY … FROM STDIN` into a landing table. */
export function copyInSql(part: Part, landing: TableName, encoding: string): string {
  const columns = columnList(copiedColumns(part.pair).map((column) => column.name))
  // A table without columns takes no column list, only rows.
  const list = columns === '' ? '' : ` (${columns})`
  return `COPY ${relation(landing)}${list} FROM STDIN WITH (FORMAT text, ENCODING ${literal(encoding)})`
}
