import { copyRows } from '../../postgres/copy-rows.ts'
import { describeQuery } from '../../postgres/describe-query.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { enterUserPath, leaveUserPath, withUserPath } from '../../postgres/user-path.ts'
import { withEscapes } from './with-escapes.ts'

/** Where the documents of a search index come from. */
export interface DocumentQuery {
  /** A SELECT that gives one row a document. */
  readonly sql: string
  /** The column that holds the id. */
  readonly idColumn: string
}

/** A document as it is sent. */
export interface PendingDocument {
  readonly id: string
  readonly json: string
  /** SHA-256 of the JSON, hexadecimal. */
  readonly hash: string
}

/** All documents that the query gives, in portions. */
export async function* readTexts(session: Session, query: DocumentQuery): AsyncGenerator<PendingDocument[]> {
  const columns = await describeQuery(session, query.sql)
  const select = `SELECT id, encode(sha256(convert_to(document, 'UTF8')), 'hex'), document FROM (${textsSql(query, columns)}) AS texts`
  await enterUserPath(session, 'reading')
  for await (const rows of copyWanted(session, select)) yield rows.map(pendingOf)
  await leaveUserPath(session)
}

/** A document from the columns `id`, `hash` and `document`. */
export function pendingOf([id, hash, json]: (string | null)[]): PendingDocument {
  return { id: id ?? '', hash: hash ?? '', json: json ?? '' }
}

/** The rows of a SELECT, in portions. */
export async function* copyWanted(session: Session, select: string): AsyncGenerator<(string | null)[][]> {
  const stream = session.copyOut(`COPY (${select}) TO STDOUT WITH (ENCODING 'UTF8')`)
  try {
    yield* copyRows(stream)
  } catch (error) {
    throw session.explain(error)
  }
}

/** One document that the query gives, as JSON text; undefined if it gives none. */
export async function readSample(session: Session, query: DocumentQuery): Promise<string | undefined> {
  const columns = await describeQuery(session, query.sql)
  const [row] = await withUserPath(session, 'reading', () =>
    session.query<{ document: string }>(
      `SELECT document FROM (${textsSql({ ...query, sql: `SELECT * FROM (${query.sql}\n) AS all_rows LIMIT 1` }, columns)}) AS texts`,
    ),
  )
  return row?.document
}

/** The documents that the query gives for some ids, as JSON text by id. */
export async function readDocuments(
  session: Session,
  query: DocumentQuery,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const columns = await describeQuery(session, query.sql)
  const rows = await withUserPath(session, 'reading', () =>
    session.query<{ id: string; document: string }>(
      `SELECT id, document FROM (${textsSql(query, columns)}) AS texts WHERE id = ANY ($1)`,
      [ids],
    ),
  )
  return new Map(rows.map((row) => [row.id, row.document]))
}

/** A column of a query. */
export type NamedColumn = Pick<Awaited<ReturnType<Session['describe']>>[number], 'name' | 'typeOid'>

/**
 * The id and the text of each document, on one line: a line feed can only be space between the parts of a value of type json. Most have no
 * null in them, and to look for one is quicker than to strip it.
 */
export function textsSql({ sql, idColumn }: DocumentQuery, columns: readonly NamedColumn[]): string {
  const others = columns.filter(({ name }) => name !== 'id').map(({ name }) => `, source.${identifier(name)}`)
  return `
SELECT plain.id, CASE
    WHEN strpos(plain.document, 'null') = 0 THEN plain.document
    WHEN strpos(plain.document, '\\u') = 0 THEN json_strip_nulls(plain.document::json)::text
    ELSE ${withEscapes('plain.document', (hidden) => `json_strip_nulls((${hidden})::json)::text`)}
  END AS document
FROM (
  SELECT mbsync_named.id, replace(row_to_json(mbsync_named)::text, E'\\n', ' ') AS document
  FROM (SELECT source.${identifier(idColumn)}::text AS id${others.join('')} FROM (${sql}
) AS source) AS mbsync_named
  OFFSET 0
) AS plain`
}
