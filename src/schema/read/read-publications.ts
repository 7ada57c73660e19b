import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import { featureIf, sinceOf } from './features.ts'
import { qualifiedName } from './name-sql.ts'
import type { ReadContext, ReadObjects } from './read-context.ts'

/** Reads publications, which belong to no schema. */
export async function readPublications(
  session: Session,
  { serverVersion, dependencies }: ReadContext,
): Promise<ReadObjects> {
  const rows = await session.query<PublicationRow>(publicationsSql(serverVersion))
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map((row) => {
      const identity = `PUBLICATION ${quoteName(row.name)}`
      const options = Object.entries(row.options).map(([name, value]) => `${name} = ${literal(value)}`)
      const scope = row.isForAllTables ? ' FOR ALL TABLES' : ''
      const additions = [
        ...row.tables.map((table) => `ALTER ${identity} ADD TABLE ONLY ${table}`),
        ...row.schemas.map((schema) => `ALTER ${identity} ADD TABLES IN SCHEMA ${quoteName(schema)}`),
      ]
      return {
        id: row.id,
        kind: 'publication',
        identity,
        schema: undefined,
        section: 'post-data',
        create: [`CREATE ${identity}${scope} WITH (${options.join(', ')})`, ...additions],
        owner: row.owner,
        parts: row.parts.map((id) => ({ id })),
        ...demandsOf(row),
      }
    }),
  }
}

interface PublicationRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly name: string
  readonly owner: string
  readonly isForAllTables: boolean
  readonly options: Record<string, string>
  /** With their columns and row filters. */
  readonly tables: string[]
  readonly schemas: string[]
  readonly parts: ObjectId[]
  readonly hasFilters: boolean
}

function demandsOf({ isForAllTables, schemas, hasFilters, options }: PublicationRow) {
  const isWide = isForAllTables || schemas.length > 0
  return {
    ...(isWide ? { superuserReason: 'only a superuser can publish all tables, or those of a schema' } : {}),
    ...sinceOf([
      featureIf(hasFilters || schemas.length > 0, 150000, 'publications of schemas, columns or some rows'),
      featureIf(
        options.publish_generated_columns !== undefined,
        180000,
        'the publication of generated columns',
      ),
    ]),
  }
}

function publicationsSql(serverVersion: number): string {
  const filters = `coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' FROM pg_attribute a
      WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), '') || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')`
  const is15 = serverVersion >= 150000
  return `
SELECT 'pg_publication:' || p.oid AS id, p.pubname AS name, pg_get_userbyid(p.pubowner) AS owner, p.puballtables AS "isForAllTables",
  json_strip_nulls(json_build_object(
    'publish', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
      CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
    'publish_via_partition_root', CASE WHEN p.pubviaroot THEN 'true' END,
    'publish_generated_columns', CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END)) AS options,
  ARRAY(SELECT ${qualifiedName('n.nspname', 'c.relname')} || ${is15 ? filters : "''"}
    FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.prpubid = p.oid ORDER BY n.nspname, c.relname) AS tables,
  ${is15 ? `ARRAY(SELECT n.nspname::text FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid ORDER BY n.nspname)` : 'ARRAY[]::text[]'} AS schemas,
  ARRAY(SELECT 'pg_publication_rel:' || r.oid FROM pg_publication_rel r WHERE r.prpubid = p.oid
    ${is15 ? "UNION ALL SELECT 'pg_publication_namespace:' || s.oid FROM pg_publication_namespace s WHERE s.pnpubid = p.oid" : ''}) AS parts,
  ${is15 ? 'EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND (r.prattrs IS NOT NULL OR r.prqual IS NOT NULL))' : 'false'} AS "hasFilters"
FROM pg_publication p`
}
