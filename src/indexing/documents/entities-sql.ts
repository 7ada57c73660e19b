import type { EntityType } from '../../config/config.ts'
import { DERIVED_UUID_NAMESPACE, TENANT_TYPE } from '../../core/derived-uuid.ts'
import { literal } from '../../postgres/identifiers.ts'
import { withEscapes } from './with-escapes.ts'

/** What the documents of one type are made of. All but the name is SQL; all but the rows stands over the columns of a row. */
export interface EntityQuery extends EntityType {
  /** A SELECT. */
  readonly rows: string
}

/** Which scopes are meant: everybody's documents, those of tenants, those of one tenant, or all. */
export type ScopeChoice =
  | { readonly kind: 'all' | 'global' | 'tenants' }
  | { readonly kind: 'tenant'; readonly tenantId: string }

/** The value of the metadata key `managed_by`. */
const MANAGED_BY = 'mbsync'

/**
 * One row for each row of an entity type: `entity_type`, `db_id`, `is_global`, `tenant_id` unless it is global, `text`,
 * `metadata`.
 */
export function entitySql(entity: EntityQuery): string {
  return `SELECT ${literal(entity.name)}::text AS entity_type, ${uuidSql(entity.name, entity.id)} AS db_id, (${entity.global}\n) IS TRUE AS is_global,
  CASE WHEN (${entity.global}\n) IS TRUE THEN NULL ELSE ${uuidSql(TENANT_TYPE, entity.tenant)} END AS tenant_id,
  (${entity.text}\n)::text AS text, ${metadataSql(entity.metadata)} AS metadata
FROM (${entity.rows}
) AS source`
}

/**
 * One row for each row of any entity type that is in the scopes: `id`, `scope`, `tenant_id`, `entity_type`, `db_id`, `text`, `metadata` as it
 * is sent, `content_hash`, and whether it `is_document`: it has a text, and somebody it is for. PostgreSQL makes all of it. OFFSET keeps
 * the planner from making a text or an object once for each time that it is looked at.
 */
export function documentsSql(entities: readonly EntityQuery[], choice: ScopeChoice): string {
  return `
SELECT id, scope, tenant_id, entity_type, db_id, text, content_hash, is_document,
  jsonb_strip_nulls(metadata) || jsonb_strip_nulls(jsonb_build_object('scope', scope, 'tenant_id', tenant_id, 'entity_type', entity_type,
    'db_id', db_id, 'content_hash', encode(content_hash, 'hex'), 'managed_by', '${MANAGED_BY}')) AS metadata
FROM (
  SELECT scope || '-' || entity_type || '-' || db_id AS id, scope, tenant_id, entity_type, db_id, text, metadata,
    sha256(convert_to(text, 'UTF8')) AS content_hash,
    coalesce(text ~ '\\S', false) AND (scope = 'global' OR tenant_id IS NOT NULL) AS is_document
  FROM (
    SELECT * FROM (
      SELECT CASE WHEN is_global THEN 'global' ELSE 'tenant' END AS scope, tenant_id, entity_type, db_id, text, metadata
      FROM (${entities.map(entitySql).join('\nUNION ALL\n')}
      ) AS entities
    ) AS scoped
    WHERE ${scopeSql(choice)}
    OFFSET 0
  ) AS chosen
  OFFSET 0
) AS hashed`
}

/** The JSON text of a document as it is sent, over the columns of {@link documentsSql}. */
export const DOCUMENT_JSON_SQL = `jsonb_build_object('id', id, 'text', text, 'metadata', metadata)::text`

/** A condition on `scope` and `tenant_id`, behind `prefix` (such as `d.`). */
export function scopeSql(choice: ScopeChoice, prefix = ''): string {
  switch (choice.kind) {
    case 'all':
      return 'true'
    case 'global':
      return `${prefix}scope = 'global'`
    case 'tenants':
      return `${prefix}scope = 'tenant'`
    case 'tenant':
      return `(${prefix}scope = 'tenant' AND ${prefix}tenant_id = ${literal(choice.tenantId)}::uuid)`
  }
}

/** What PostgreSQL reads as a uuid: hyphens may stand after any four digits. */
const READABLE = '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$|^\\{([0-9a-f]{4}-?){7}[0-9a-f]{4}\\}$'

/**
 * The uuid of a key of any type, several columns included: itself if it is one, or text that reads as one, else `derivedUuid()` of the type
 * and the text of the key. NULL for NULL and for an empty text.
 * @param key SQL over the columns of a row
 */
export function uuidSql(type: string, key: string): string {
  const name = `pg_catalog.convert_to(${literal(`${type}:`)} || key, 'UTF8')`
  return `(SELECT CASE WHEN key ~* ${literal(READABLE)} THEN key::uuid ELSE (
    SELECT pg_catalog.encode(pg_catalog.substr(
      pg_catalog.set_byte(pg_catalog.set_byte(h, 6, pg_catalog.get_byte(h, 6) & 15 | 128), 8, pg_catalog.get_byte(h, 8) & 63 | 128), 1, 16), 'hex')::uuid
    FROM pg_catalog.sha256('\\x${DERIVED_UUID_NAMESPACE}'::bytea || ${name}) AS h
  ) END FROM (SELECT nullif((${key}\n)::text, '') AS key OFFSET 0) AS keys)`
}

/** A function of PostgreSQL takes 100 arguments. */
const PAIRS_AT_ONCE = 50

/**
 * The metadata of a row as `jsonb`: an object of SQL values by name. Whatever one row has in a column of type `json`, the others still get
 * theirs; and numbers have the form in which they come back from a store, so that both can be compared.
 */
function metadataSql(metadata: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(metadata).map(([name, sql]) => `${literal(name)}, (${sql}\n)`)
  const objects: string[] = []
  for (let at = 0; at < pairs.length; at += PAIRS_AT_ONCE)
    objects.push(objectSql(pairs.slice(at, at + PAIRS_AT_ONCE)))
  return objects.length === 0 ? `'{}'::jsonb` : `(${objects.join(' || ')})`
}

/** OFFSET keeps the planner from computing the values once for each time that their text is looked at. */
function objectSql(pairs: readonly string[]): string {
  return `(SELECT CASE WHEN json ~ '\\.[0-9]*0' THEN ${WITHOUT_ZEROS_SQL} ELSE json END::jsonb
  FROM (
    SELECT CASE WHEN strpos(json, '\\u') = 0 THEN json ELSE ${withEscapes('json', withoutHalves)} END AS json
    FROM (SELECT json_build_object(${pairs.join(', ')})::text AS json OFFSET 0) AS made
    OFFSET 0
  ) AS readable)`
}

/** Strings are matched first, so that nothing in them is taken for a number: 1.50 is 1.5, and 1.00 is 1. */
const WITHOUT_ZEROS_SQL = `regexp_replace(json, '("(?:[^"\\\\]|\\\\.)*")|(\\.[0-9]*[1-9])0+(?![0-9])|\\.0+(?![0-9])', '\\1\\2', 'g')`

/**
 * The type `json` takes escapes that stand for no character, `jsonb` does not: NUL and halves of a surrogate pair become U+FFFD. A backslash
 * is hidden behind DEL here.
 */
function withoutHalves(hidden: string): string {
  const first = '\\u007fu[dD][89abAB]..'
  const second = '\\u007fu[dD][c-fC-F]..'
  const unreadable = `\\u007fu0000|${first}(?!${second})|(?<!${first})${second}`
  return `regexp_replace(${hidden}, '${unreadable}', E'\\x7fufffd', 'g')`
}
