import { listSome } from '../../core/count-of.ts'
import { FailedError } from '../../core/errors.ts'
import type { Database } from '../database.ts'
import { DatabaseError } from '../explain-error.ts'
import type { Session } from '../session.ts'

/**
 * A database without an encoding holds bytes of any encoding, also in its schema: names the objects whose texts are not those of the connection, UTF8. Reading
 * them would fail without saying which they are.
 * @throws FailedError
 */
export async function expectReadableText(session: Session): Promise<void> {
  const { encoding } = await session.queryOne<{ encoding: string }>(
    `SELECT current_setting('server_encoding') AS encoding`,
  )
  if (encoding !== 'SQL_ASCII') return
  const rows = await session.query<{ object: string; text: string }>(BEYOND_ASCII_SQL)
  const unreadable = rows.filter(({ text }) => !isUtf8(Buffer.from(text, 'hex')))
  const names = [...new Set(unreadable.map(({ object }) => Buffer.from(object, 'hex').toString('utf8')))]
  if (names.length === 0) return
  throw new FailedError(
    `${session.database}: the schema cannot be read, because texts in it are not valid UTF8, and the database has no encoding (SQL_ASCII): ${listSome(names, MOST_NAMED, { separator: '; ' })}`,
    {
      hint: 'Define these objects and their comments again with texts in UTF8 or ASCII, or copy the data with pg_dump: mbsync reads all definitions as UTF8.',
    },
  )
}

/** What reading a catalog fails with if a text of it is not valid, and what statements fail with that were sent with that one. */
const SQL_STATES = ['22021', '25P02']

/** Reads of the catalog of a database what may have such texts, and names the objects that have. */
export async function namingUnreadable<T>(database: Database, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof DatabaseError && SQL_STATES.includes(error.sqlState ?? ''))
      await database.withClosingSession(expectReadableText)
    throw error
  }
}

const MOST_NAMED = 10

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)
}

/** In hexadecimal digits, as the server could not send them otherwise. */
const BEYOND_ASCII_SQL = `
WITH texts (class, oid, number, text) AS (
  SELECT classoid, objoid, objsubid, description FROM pg_description WHERE objoid >= 16384
  UNION ALL SELECT classoid, objoid, objsubid, label FROM pg_seclabel WHERE objoid >= 16384
  UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, nspname FROM pg_namespace WHERE oid >= 16384
  UNION ALL SELECT 'pg_class'::regclass, oid, 0, relname FROM pg_class WHERE oid >= 16384
  UNION ALL SELECT 'pg_class'::regclass, oid, 0, pg_get_viewdef(oid) FROM pg_class WHERE oid >= 16384 AND relkind IN ('v', 'm')
  UNION ALL SELECT 'pg_class'::regclass, indexrelid, 0, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid >= 16384
  UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum, attname FROM pg_attribute WHERE attrelid >= 16384 AND NOT attisdropped
  UNION ALL SELECT 'pg_class'::regclass, adrelid, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid >= 16384
  UNION ALL SELECT 'pg_constraint'::regclass, oid, 0, pg_get_constraintdef(oid) FROM pg_constraint WHERE oid >= 16384
  UNION ALL SELECT 'pg_trigger'::regclass, oid, 0, pg_get_triggerdef(oid) FROM pg_trigger WHERE oid >= 16384 AND NOT tgisinternal
  UNION ALL SELECT 'pg_rewrite'::regclass, oid, 0, pg_get_ruledef(oid) FROM pg_rewrite WHERE oid >= 16384
  UNION ALL SELECT 'pg_policy'::regclass, oid, 0, concat_ws(' ', polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
  UNION ALL SELECT 'pg_proc'::regclass, oid, 0, concat_ws(' ', proname, pg_get_function_arguments(oid), prosrc) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT 'pg_type'::regclass, oid, 0, concat_ws(' ', typname, typdefault) FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT 'pg_type'::regclass, enumtypid, 0, enumlabel FROM pg_enum WHERE enumtypid >= 16384
)
SELECT DISTINCT encode(convert_to(pg_describe_object(class, oid, number), 'SQL_ASCII'), 'hex') AS object,
  encode(convert_to(text, 'SQL_ASCII'), 'hex') AS text
FROM texts WHERE text ~ '[^\\x01-\\x7f]' ORDER BY 1`
