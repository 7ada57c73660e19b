import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { AttributeDetails } from '../type-details.ts'
import { collationName, qualifiedName } from './name-sql.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads enums, composite types, ranges and shell types; base types are listed as unsupported. */
export async function readTypes(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<TypeRow>(TYPES_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own
      .filter((row) => reasonAgainst(row) === undefined)
      .map((row) => {
        const { id, schema, owner } = row
        const identity = `TYPE ${quoteQualified(row)}`
        const parts = row.companions.map((part) => ({ id: part }))
        return {
          id,
          kind: 'type',
          identity,
          schema,
          section: 'pre-data',
          owner,
          parts,
          ...bodyOf(row, identity),
        }
      }),
    unsupported: own.flatMap((row) => {
      const reason = reasonAgainst(row)
      return reason === undefined ? [] : [{ id: row.id, identity: `TYPE ${quoteQualified(row)}`, ...reason }]
    }),
  }
}

interface TypeRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly kind: 'enum' | 'composite' | 'range' | 'base' | 'shell'
  readonly labels: string[] | null
  readonly attributes: { name: string; type: string; collation: string | null }[] | null
  /** For a range: the options of the statement that it has. */
  readonly range: Record<string, string> | null
  readonly hasCanonical: boolean
  /** Ids of what is created with it. */
  readonly companions: string[]
}

function reasonAgainst({ kind, hasCanonical }: TypeRow): { reason: string; hint: string } | undefined {
  const hint = 'Create it in the target by hand, as a superuser, with the library of its functions installed.'
  if (kind === 'base')
    return { reason: 'its functions are written in C, and only a superuser can create it', hint }
  if (kind === 'range' && hasCanonical) return { reason: 'its canonical function is written in C', hint }
  return undefined
}

type Body = Pick<SchemaObject, 'create' | 'type' | 'superuserReason'>

function bodyOf({ kind, labels, attributes, range }: TypeRow, identity: string): Body {
  if (kind === 'enum') {
    const list = (labels ?? []).map((label) => `\n    ${literal(label)}`).join(',')
    return { create: [`CREATE ${identity} AS ENUM (${list}\n)`], type: { kind, labels: labels ?? [] } }
  }
  if (kind === 'composite') {
    const described = (attributes ?? []).map(({ name, type, collation }) => {
      return { name, type, collation: collation ?? undefined }
    })
    const list = described.map((attribute) => `\n    ${writeAttribute(attribute)}`).join(',')
    return { create: [`CREATE ${identity} AS (${list}\n)`], type: { kind, attributes: described } }
  }
  if (kind === 'range') {
    const list = Object.entries(range ?? {}).map(([name, value]) => `\n    ${name} = ${value}`)
    return { create: [`CREATE ${identity} AS RANGE (${list}\n)`] }
  }
  return { create: [`CREATE ${identity}`], superuserReason: 'only a superuser can create shell types' }
}

/** An attribute in the form of CREATE TYPE and ALTER TYPE. */
function writeAttribute({ name, type, collation }: AttributeDetails): string {
  return `${quoteName(name)} ${type}${collation === undefined ? '' : ` COLLATE ${collation}`}`
}

const TYPES_SQL = `
SELECT 'pg_type:' || t.oid AS id, n.nspname AS schema, t.typname AS name, pg_get_userbyid(t.typowner) AS owner,
  CASE WHEN t.typtype = 'e' THEN 'enum' WHEN t.typtype = 'c' THEN 'composite' WHEN t.typtype = 'r' THEN 'range'
    WHEN t.typisdefined THEN 'base' ELSE 'shell' END AS kind,
  CASE WHEN t.typtype = 'e' THEN (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) END AS labels,
  CASE WHEN t.typtype = 'c' THEN (
    SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'collation',
      CASE WHEN a.attcollation <> at.typcollation THEN ${collationName('a.attcollation')} END) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS attributes,
  json_strip_nulls(json_build_object(
    'subtype', format_type(r.rngsubtype, NULL),
    'subtype_opclass', CASE WHEN NOT o.opcdefault THEN ${qualifiedName('opn.nspname', 'o.opcname')} END,
    'collation', CASE WHEN r.rngcollation <> st.typcollation THEN ${collationName('r.rngcollation')} END,
    'subtype_diff', CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text END,
    'multirange_type_name', ${qualifiedName('mn.nspname', 'm.typname')})) AS range,
  coalesce(r.rngcanonical <> 0, false) AS "hasCanonical",
  array_remove(ARRAY['pg_class:' || nullif(t.typrelid, 0), 'pg_type:' || m.oid, 'pg_type:' || nullif(m.typarray, 0),
    'pg_type:' || nullif(t.typarray, 0)], NULL) AS companions
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_type st ON st.oid = r.rngsubtype
LEFT JOIN pg_opclass o ON o.oid = r.rngsubopc
LEFT JOIN pg_namespace opn ON opn.oid = o.opcnamespace
LEFT JOIN pg_type m ON m.oid = r.rngmultitypid
LEFT JOIN pg_namespace mn ON mn.oid = m.typnamespace
WHERE t.oid >= 16384 AND ${IS_USER_SCHEMA}
  AND (t.typtype IN ('e', 'r', 'b') OR t.typtype = 'c' AND c.relkind = 'c' OR t.typtype = 'p' AND NOT t.typisdefined)
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)`
