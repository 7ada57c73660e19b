import type { TableName } from '../../core/table-name.ts'
import { VERSION } from '../../core/version.ts'
import { DatabaseError, isOfConnection } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { userPath, withUserPath } from '../../postgres/user-path.ts'
import { digestOf } from '../../transfer/inspect/fingerprint.ts'
import {
  type IdSource,
  isAboutOneTable,
  type QueryTree,
  readIdSource,
  readQueryTree,
} from './read-query-tree.ts'
import type { RowWatchOptions } from './row-watch-options.ts'
import { findUnsteadyFunction, findUnsteadyType } from './unsteady-parts.ts'

/** A table that a query reads. */
export interface ReadTable {
  readonly oid: number
  readonly name: TableName
  /** What holds its rows: itself, or its partitions and heirs. */
  readonly partitions: readonly { readonly oid: number; readonly name: TableName }[]
  /** The one column of its primary key; undefined if it has several, or none. */
  readonly keyColumn: string | undefined
  /** Whether this key is, as it is, the id of the documents. */
  readonly isKeyOfDocuments: boolean
  /** The id of the one document that a row takes part in, as SQL over its columns, where the query shows that. */
  readonly documentKey: string | undefined
}

/** What the result of a query depends on. */
export interface AnalysedQuery {
  readonly tables: readonly ReadTable[]
  /** Of all but the rows of its tables. A definition that was changed and changed back has another one. */
  readonly digest: string
}

/** What is known of the ids of documents: their column, and those that a row of a table takes part in. */
export type IdsOfQuery = Partial<Pick<RowWatchOptions, 'idColumn' | 'keys'>>

/**
 * Finds what the result of a query depends on, or says why that is more than rows and definitions. PostgreSQL parses the query, as a view
 * that is rolled back: nothing of it is run.
 * @param sql a SELECT, and `name` a view that may be made for a moment
 */
export async function analyseQuery(
  session: Session,
  sql: string,
  view: TableName,
  ids: IdsOfQuery = {},
): Promise<AnalysedQuery | string> {
  try {
    await session.transaction('BEGIN', async () => {
      await createView(session, sql, view)
      throw new Analysed(await analyseView(session, sql, view, ids))
    })
    throw new Error('The view must be rolled back')
  } catch (error) {
    if (error instanceof Analysed) return error.result
    throw error
  }
}

/** What runs as a query need not be fit for a view, such as a column of type record. */
async function createView(session: Session, sql: string, view: TableName): Promise<void> {
  try {
    await withUserPath(session, 'reading', () =>
      session.define(`CREATE VIEW ${relation(view)} AS SELECT * FROM (${sql}\n) AS source`),
    )
  } catch (error) {
    if (!(error instanceof DatabaseError) || isOfConnection(error)) throw error
    throw new Analysed('no view can be made of its query')
  }
}

/** Ends the transaction. */
class Analysed extends Error {
  readonly result: AnalysedQuery | string

  constructor(result: AnalysedQuery | string) {
    super('analysed')
    this.result = result
  }
}

async function analyseView(
  session: Session,
  sql: string,
  view: TableName,
  { idColumn, keys = [] }: IdsOfQuery,
): Promise<AnalysedQuery | string> {
  const { oid } = await session.queryOne<{ oid: number }>(`SELECT to_regclass($1)::oid AS oid`, [
    relation(view),
  ])
  const rules = await readRules(session, oid)
  const trees = rules.map(({ tree }) => readQueryTree(tree))
  if (trees.some(({ dependsOnMore }) => dependsOnMore))
    return 'its query depends on the time, the user or chance'
  const all = (pick: (tree: QueryTree) => readonly number[]) => [...new Set(trees.flatMap(pick))]
  const functions = all((tree) => tree.functions)
  const types = all((tree) => tree.types)
  const unsteady =
    (await findForeignCode(session, rules)) ??
    (await findUnsteadyFunction(session, functions)) ??
    (await findUnsteadyType(
      session,
      types,
      all((tree) => tree.readTypes),
    ))
  if (typeof unsteady === 'string') return unsteady
  const views = new Set(rules.map((rule) => rule.view))
  const read = all((tree) => tree.relations).filter((each) => !views.has(each))
  const [{ tree = '' } = {}] = rules
  const id = readIdSource(tree, idColumn)
  const tables = await readTables(session, read, id && { ...id, isOfOneTable: isAboutOneTable(tree, oid) })
  if (typeof tables === 'string') return tables
  const definitions = await session.queryOne<Record<string, unknown>>(DEFINITIONS_SQL, [
    tables.flatMap(({ oid: own, partitions }) => [own, ...partitions.map((partition) => partition.oid)]),
    [...views].filter((each) => each !== oid),
  ])
  const { reading } = await userPath(session)
  // The number of the view is another each time.
  const texts = rules.map(({ tree }) => tree.replaceAll(new RegExp(`\\b${oid}\\b`, 'g'), '0'))
  return {
    tables,
    digest: digestOf({
      VERSION,
      sql,
      idColumn,
      keys,
      reading,
      texts,
      tables,
      types: unsteady,
      ...definitions,
    }),
  }
}

interface Rule extends Record<string, unknown> {
  readonly oid: number
  readonly view: number
  readonly tree: string
}

/** The rule of a view, and those of the views that it reads. */
async function readRules(session: Session, view: number): Promise<Rule[]> {
  return session.query<Rule>(
    `WITH RECURSIVE rule AS (
       SELECT r.oid, r.ev_class, r.ev_action::text AS tree FROM pg_rewrite AS r WHERE r.ev_class = $1::oid
       UNION
       SELECT r.oid, r.ev_class, r.ev_action::text FROM rule CROSS JOIN LATERAL regexp_matches(rule.tree, ':relid (\\d+)', 'g') AS m
         JOIN pg_rewrite AS r ON r.ev_class = m[1]::oid JOIN pg_class AS c ON c.oid = r.ev_class
       WHERE c.relkind = 'v'
     )
     SELECT oid AS oid, ev_class AS view, tree FROM rule ORDER BY ev_class <> $1::oid, oid`,
    [view],
  )
}

/** Functions, operators and the like that are not built in: what they do can be changed, and they may look at anything. */
async function findForeignCode(session: Session, rules: readonly Rule[]): Promise<string | undefined> {
  const [found] = await session.query<{ name: string }>(
    `SELECT pg_describe_object(refclassid, refobjid, 0) AS name FROM pg_depend
     WHERE classid = 'pg_rewrite'::regclass AND objid = ANY ($1::oid[]) AND refobjid >= 16384
       AND refclassid <> ALL (ARRAY['pg_class', 'pg_type', 'pg_collation', 'pg_constraint']::regclass[]) ORDER BY 1 LIMIT 1`,
    [rules.map(({ oid }) => oid)],
  )
  return found && `its query uses ${found.name}`
}

/** The tables with their partitions; not what has no rows of its own, or none whose writes show. */
async function readTables(
  session: Session,
  oids: readonly number[],
  id: (IdSource & { readonly isOfOneTable: boolean }) | undefined,
): Promise<ReadTable[] | string> {
  const rows = await session.query<{
    root: number
    oid: number
    schema: string
    name: string
    isSteady: boolean
    key: string | null
    keyNumber: number | null
  }>(TABLES_SQL, [oids])
  const unsteady = rows.find(({ isSteady }) => !isSteady)
  if (unsteady !== undefined)
    return `${unsteady.schema}.${unsteady.name} is not a table whose writes can be seen`
  return oids.flatMap((oid) => {
    const partitions = rows.filter(({ root }) => root === oid)
    const own = partitions.find((partition) => partition.oid === oid)
    if (own === undefined) return []
    const nameOf = ({ schema, name }: TableName) => ({ schema, name })
    const isKeyOfDocuments = id?.table === oid && id.column === own.keyNumber
    return {
      oid,
      name: nameOf(own),
      keyColumn: own.key ?? undefined,
      isKeyOfDocuments,
      documentKey: isKeyOfDocuments && id.isOfOneTable && own.key !== null ? identifier(own.key) : undefined,
      partitions: partitions.map((partition) => ({ oid: partition.oid, name: nameOf(partition) })),
    }
  })
}

/** A partitioned table has no rows itself, but is locked by being read. */
const TABLES_SQL = `
WITH RECURSIVE held AS (
  SELECT root, root AS oid FROM unnest($1::oid[]) AS r (root)
  UNION
  SELECT h.root, i.inhrelid FROM held AS h JOIN pg_inherits AS i ON i.inhparent = h.oid
)
SELECT h.root AS root, h.oid AS oid, n.nspname::text AS schema, c.relname::text AS name,
  c.oid >= 16384 AND c.relpersistence <> 't' AND (c.relkind = 'p' OR c.relkind IN ('r', 'm') AND a.amname = 'heap') AS "isSteady",
  k.attname::text AS key, k.attnum AS "keyNumber"
FROM held AS h JOIN pg_class AS c ON c.oid = h.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN pg_am AS a ON a.oid = c.relam
  LEFT JOIN pg_index AS x ON x.indrelid = c.oid AND x.indisprimary AND x.indnkeyatts = 1
  LEFT JOIN pg_attribute AS k ON k.attrelid = x.indrelid AND k.attnum = x.indkey[0]
ORDER BY 1, 2`

/** The transactions that wrote the definitions are part of them: what was changed and changed back may have been read in between. */
const DEFINITIONS_SQL = `
SELECT
  (SELECT string_agg(concat_ws(' ', c.oid, c.xmin), ',' ORDER BY c.oid) FROM pg_class AS c WHERE c.oid = ANY ($1::oid[] || $2::oid[])) AS relations,
  (SELECT string_agg(concat_ws(' ', a.attrelid, a.attnum, a.xmin), ',' ORDER BY a.attrelid, a.attnum) FROM pg_attribute AS a
   WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0) AS columns,
  (SELECT string_agg(concat_ws(' ', d.oid, d.xmin), ',' ORDER BY d.oid) FROM pg_attrdef AS d WHERE d.adrelid = ANY ($1::oid[])) AS defaults,
  (SELECT string_agg(concat_ws(' ', i.inhrelid, i.inhparent, i.xmin), ',' ORDER BY i.inhrelid, i.inhparent) FROM pg_inherits AS i
   WHERE i.inhrelid = ANY ($1::oid[])) AS inheritance,
  (SELECT string_agg(concat_ws(' ', r.oid, r.xmin), ',' ORDER BY r.oid) FROM pg_rewrite AS r WHERE r.ev_class = ANY ($2::oid[])) AS rules,
  current_user::text AS role, current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
  current_setting('lc_numeric') AS numbers, current_setting('lc_time') AS times,
  current_setting('default_text_search_config') AS search`
