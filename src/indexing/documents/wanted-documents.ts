import { countOf } from '../../core/count-of.ts'
import { FailedError } from '../../core/errors.ts'
import { LONGEST_ID } from '../../core/find-id-problem.ts'
import type { TableName } from '../../core/table-name.ts'
import { describeQuery } from '../../postgres/describe-query.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { type ChosenIds, isChosenSql } from '../../state/documents.ts'
import {
  copyWanted,
  type DocumentQuery,
  type NamedColumn,
  type PendingDocument,
  pendingOf,
  textsSql,
} from './query-documents.ts'

/** What a query gives, beside what the state knows. */
export interface WantedDocuments {
  readonly table: TableName
  readonly documents: number
  /** Those that the server does not have in this form. */
  readonly changed: number
  /** Pages of the table. */
  readonly pages: number
  /** The ids of the documents that were looked at; undefined for all. */
  readonly among?: ChosenIds
  /** Why all documents were looked at, as the end of a sentence. */
  readonly whyInFull?: string | undefined
}

/** The documents that are looked at, and how many there were of all. */
export interface DocumentChoice {
  readonly ids: ChosenIds
  readonly before: number
}

const UNIQUE_VIOLATION = '23505'
/** 8192 bytes each: so much is read by one statement, as none should hold a snapshot while a slow server takes its time. */
const PAGES_AT_ONCE = 256

/**
 * Writes down every document that the query gives, with its hash, and the text of those that the server does not have in this form: one
 * statement, so one snapshot. PostgreSQL makes the JSON, in which a null is as good as absent.
 * @throws FailedError if an id is missing, too long, or comes twice
 */
export async function wantDocuments(
  session: Session,
  query: DocumentQuery,
  collectionId: number,
  table: TableName,
  choice?: DocumentChoice,
): Promise<WantedDocuments> {
  const columns = await describeQuery(session, query.sql)
  const chosen = choice && { ...query, sql: chosenSql(query, columns, choice) }
  // Nearly all the work is to make the texts, which workers can share.
  await session.execute('SET parallel_tuple_cost = 0')
  await withUserPath(session, 'reading', () =>
    session.defineFrom(
      `CREATE UNLOGGED TABLE ${relation(table)} WITH (autovacuum_enabled = false) AS ${wantedSql(chosen ?? query, columns, collectionId, choice)}`,
    ),
  )
  await session.execute('RESET parallel_tuple_cost')
  const wanted = await checkWanted(session, table, `the column "${query.idColumn}"`)
  return choice === undefined ? wanted : countAll(session, wanted, collectionId, choice)
}

/** All that a bigint can be, and nothing that its cast would refuse. */
const AS_BIGINT = `CASE WHEN id ~ '^-?[0-9]{1,18}$' THEN id::bigint WHEN id ~ '^-?[0-9]{19}$' THEN
  CASE WHEN id::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN id::bigint END END`

/** Ids as values of the types that the columns of ids usually have, so that an index can be used; all others are compared as text. */
const COMPARED_AS: ReadonlyMap<number, readonly [type: string, value: string]> = new Map([
  [20, ['bigint', AS_BIGINT]],
  [21, ['bigint', AS_BIGINT]],
  [23, ['bigint', AS_BIGINT]],
  [2950, ['uuid', `CASE WHEN id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN id::uuid END`]],
  [25, ['text', 'id']],
])

function chosenSql(
  { sql, idColumn }: DocumentQuery,
  columns: readonly NamedColumn[],
  { ids }: DocumentChoice,
): string {
  const typeOid = columns.find(({ name }) => name === idColumn)?.typeOid ?? 0
  const compared = COMPARED_AS.get(typeOid)
  const id = `mbsync_all.${identifier(idColumn)}`
  if (compared === undefined)
    return `SELECT * FROM (${sql}\n) AS mbsync_all WHERE ${id}::text IN (SELECT id FROM ${relation(ids.table)})`
  const [type, value] = compared
  return `SELECT * FROM (${sql}\n) AS mbsync_all
    WHERE ${id} = ANY ((SELECT array_agg(${value}) FROM ${relation(ids.table)})::${type}[])`
}

/** How many documents there are in all, where some were looked at. */
async function countAll(
  session: Session,
  wanted: WantedDocuments,
  collectionId: number,
  { ids, before }: DocumentChoice,
): Promise<WantedDocuments> {
  const { come, deleted } = await session.queryOne<{ come: number; deleted: number }>(
    `SELECT (count(*) FILTER (WHERE d.id IS NULL))::float8 AS come, (count(*) FILTER (WHERE w.id IS NULL))::float8 AS deleted
     FROM ${relation(wanted.table)} AS w FULL JOIN (${knownSql(collectionId, { ids, before })}) AS d ON d.id = w.id`,
  )
  return { ...wanted, documents: before + come - deleted, among: ids }
}

function knownSql(collectionId: number, choice?: DocumentChoice): string {
  const all = `SELECT id, status, hash FROM mbsync.documents WHERE collection_id = ${collectionId}`
  return choice === undefined ? all : `${all} AND ${isChosenSql('id', choice.ids)}`
}

/**
 * Makes sure that every document of a table has a usable id of its own, and counts them. The table has the columns `id` and `document`, which
 * is the text of those that are to be sent.
 * @throws FailedError
 */
export async function checkWanted(
  session: Session,
  table: TableName,
  idSource: string,
): Promise<WantedDocuments> {
  const { nameless, overlong } = await session.queryOne<{ nameless: number; overlong: number }>(
    `SELECT (count(*) FILTER (WHERE id IS NULL OR id = ''))::float8 AS nameless,
       (count(*) FILTER (WHERE octet_length(id) > ${LONGEST_ID}))::float8 AS overlong FROM ${relation(table)}`,
  )
  if (nameless > 0) {
    throw new FailedError(`The query gives ${countOf(nameless, 'document')} without an id`, {
      hint: `Leave out the rows in which ${idSource} is null or empty.`,
    })
  }
  if (overlong > 0) {
    throw new FailedError(
      `The query gives ${countOf(overlong, 'document')} with ids of more than ${LONGEST_ID} bytes`,
      {
        hint: `Choose another id than ${idSource}, such as a digest: \`encode(sha256(convert_to(id::text, 'UTF8')), 'hex')\`.`,
      },
    )
  }
  await expectUniqueIds(session, table)
  await session.execute(`ANALYZE ${relation(table)}`)
  return measureWanted(session, table)
}

/** Counts what is in such a table. */
export async function measureWanted(session: Session, table: TableName): Promise<WantedDocuments> {
  const counts = await session.queryOne<{ documents: number; changed: number; pages: number }>(
    `SELECT count(*)::float8 AS documents, count(document)::float8 AS changed,
       (pg_relation_size(to_regclass($1)) / 8192)::float8 AS pages FROM ${relation(table)}`,
    [relation(table)],
  )
  return { table, ...counts }
}

/**
 * OFFSET keeps the planner from computing each text once for its hash and once for itself. FULL JOIN cannot be a nested loop, whatever the
 * statistics say of the state or of the query, whose own plan is left alone; the outer OFFSET keeps it from being made a LEFT JOIN.
 */
function wantedSql(
  query: DocumentQuery,
  columns: readonly NamedColumn[],
  collectionId: number,
  choice?: DocumentChoice,
): string {
  return `
SELECT id, hash, CASE WHEN status = 'indexed' AND known_hash = hash THEN NULL ELSE document END AS document
FROM (
  SELECT wanted.id, wanted.hash, wanted.document, known.status, known.hash AS known_hash
  FROM (
    SELECT texts.id COLLATE "C" AS id, texts.document, sha256(convert_to(texts.document, 'UTF8')) AS hash
    FROM (${textsSql(query, columns)}
      OFFSET 0
    ) AS texts
    OFFSET 0
  ) AS wanted
  FULL JOIN (${knownSql(collectionId, choice)}) AS known
    ON known.id = wanted.id
  OFFSET 0
) AS compared
WHERE hash IS NOT NULL`
}

async function expectUniqueIds(session: Session, table: TableName): Promise<void> {
  try {
    await session.defineFrom(`ALTER TABLE ${relation(table)} ADD PRIMARY KEY (id)`)
  } catch (error) {
    if (!(error instanceof DatabaseError && error.sqlState === UNIQUE_VIOLATION)) throw error
    throw new FailedError('The query returns more than one document with the same id', {
      hint: 'A join may repeat rows: aggregate its other side into an array, or choose another id column.',
    })
  }
}

/** The documents to send, in portions; each is read by a statement of its own. */
export async function* readPending(
  session: Session,
  wanted: WantedDocuments,
): AsyncGenerator<PendingDocument[]> {
  for await (const rows of readWanted(session, wanted, `id, encode(hash, 'hex'), document`))
    yield rows.map(pendingOf)
}

/** Columns of the documents to send, as COPY writes them. */
export async function* readWanted(
  session: Session,
  { table, pages }: WantedDocuments,
  columns: string,
): AsyncGenerator<(string | null)[][]> {
  for (let first = 0; first < pages; first += PAGES_AT_ONCE) {
    yield* copyWanted(
      session,
      `SELECT ${columns} FROM ${relation(table)}
       WHERE document IS NOT NULL AND ctid >= '(${first},0)'::tid AND ctid < '(${first + PAGES_AT_ONCE},0)'::tid`,
    )
  }
}
