import { DERIVED_UUID_NAMESPACE } from '../../core/derived-uuid.ts'
import { literal } from '../../postgres/identifiers.ts'

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
