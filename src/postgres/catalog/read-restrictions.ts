import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'
import type { PartitionRow } from './read-partitions.ts'

/** What the rows of a table must meet: a check or exclusion constraint, or a unique index, whether or not it belongs to a constraint. */
export interface Restriction {
  /** The table, of which the relation that has it may be a partition. */
  readonly table: TableName
  readonly relation: TableName
  readonly name: string
  readonly kind: 'check' | 'exclusion' | 'unique'
  /** `pg_get_constraintdef`; empty for a unique index. */
  readonly definition: string
  /** The columns and expressions of a unique index, as SQL. */
  readonly elements: readonly string[]
  /** The WHERE of a partial unique index. */
  readonly predicate: string | null
  /** Whether NULL equals NULL in a unique index. */
  readonly nullsConflict: boolean
  /** False where rows may violate it that are older, or came while it was built. */
  readonly isValid: boolean
}

/** What the values of a domain must meet. */
export interface DomainCheck {
  /** Schema-qualified, as `format_type` writes it. */
  readonly type: string
  readonly name: string
  readonly definition: string
  readonly isValid: boolean
}

/** Everything that restricts rows, beside their types, NOT NULL and foreign keys. */
export interface Restrictions {
  readonly ofTables: readonly Restriction[]
  /** Of all domains of the database. */
  readonly ofDomains: readonly DomainCheck[]
}

/** Reads what restricts the rows of tables, given by what holds them. What partitions inherit is given of their table alone. Only catalogs are read. */
export async function readRestrictions(
  session: Session,
  tables: readonly PartitionRow[],
): Promise<Restrictions> {
  const names = new Map(tables.map(({ oid, name }) => [oid, name]))
  const partitions = new Map(
    tables.map(({ oid, root, name: relation }) => [oid, { table: names.get(root) ?? relation, relation }]),
  )
  const oids = [...partitions.keys()]
  const toRestriction = (row: RestrictionRow): Restriction | undefined => {
    const { oid, name, kind, definition, elements, predicate, nullsConflict, isValid } = row
    const partition = partitions.get(oid)
    if (partition === undefined) return undefined
    const { table, relation } = partition
    return { table, relation, name, kind, definition, elements, predicate, nullsConflict, isValid }
  }
  const enforced = session.serverVersion >= 180000 ? 'con.conenforced' : 'true'
  const nulls = session.serverVersion >= 150000 ? 'i.indnullsnotdistinct' : 'false'
  const [constraints, unique, ofDomains] = await Promise.all([
    session.queryEach(CONSTRAINTS_SQL.replace('$enforced$', enforced), [oids], toRestriction),
    session.queryEach(UNIQUE_SQL.replace('$nulls$', nulls), [oids], toRestriction),
    session.query<DomainCheck & Record<string, unknown>>(DOMAINS_SQL),
  ])
  return { ofTables: [...constraints, ...unique].flatMap((found) => found ?? []), ofDomains }
}

type RestrictionRow = Omit<Restriction, 'table' | 'relation'> & { readonly oid: number } & Record<
    string,
    unknown
  >

/** A primary key WITHOUT OVERLAPS is one of the exclusion constraints, although it is called otherwise. */
const CONSTRAINTS_SQL = `
SELECT con.conrelid AS oid, con.conname AS name, CASE con.contype WHEN 'c' THEN 'check' ELSE 'exclusion' END AS kind,
  pg_get_constraintdef(con.oid) AS definition, '{}'::text[] AS elements, NULL AS predicate, false AS "nullsConflict",
  con.convalidated AS "isValid"
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
LEFT JOIN pg_index i ON i.indexrelid = con.conindid
WHERE con.conrelid = ANY ($1::oid[])
  AND (con.contype IN ('c', 'x') OR con.contype IN ('p', 'u') AND i.indisexclusion)
  AND (NOT c.relispartition OR con.coninhcount = 0 AND con.conparentid = 0)
  AND $enforced$
ORDER BY con.conrelid, con.conname`

const UNIQUE_SQL = `
SELECT i.indrelid AS oid, ic.relname AS name, 'unique' AS kind, '' AS definition,
  ARRAY(
    SELECT CASE WHEN a.attname IS NULL THEN pg_get_indexdef(i.indexrelid, p.position + 1, false) ELSE quote_ident(a.attname) END
    FROM generate_series(0, i.indnkeyatts - 1) AS p (position)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.position] AND a.attnum <> 0
    ORDER BY p.position
  ) AS elements,
  pg_get_expr(i.indpred, i.indrelid) AS predicate, $nulls$ AS "nullsConflict", i.indisvalid AS "isValid"
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND NOT i.indisexclusion AND i.indisready AND NOT ic.relispartition
ORDER BY i.indrelid, ic.relname`

const DOMAINS_SQL = `
SELECT format_type(t.oid, NULL) AS type, con.conname AS name, pg_get_constraintdef(con.oid) AS definition,
  con.convalidated AS "isValid"
FROM pg_constraint con
JOIN pg_type t ON t.oid = con.contypid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE con.contype = 'c' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, con.conname`
