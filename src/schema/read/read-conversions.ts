import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteQualified } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads the conversions between encodings. */
export async function readConversions(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<ConversionRow>(CONVERSIONS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, schema, name, owner, isDefault, from, to, procedure }) => {
      const identity = `CONVERSION ${quoteQualified({ schema, name })}`
      const encodings = `FOR ${literal(from)} TO ${literal(to)}`
      const create = `CREATE ${isDefault ? 'DEFAULT ' : ''}${identity} ${encodings} FROM ${procedure}`
      return { id, kind: 'conversion', identity, schema, section: 'pre-data', create: [create], owner }
    }),
  }
}

interface ConversionRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly isDefault: boolean
  readonly from: string
  readonly to: string
  readonly procedure: string
}

const CONVERSIONS_SQL = `
SELECT 'pg_conversion:' || c.oid AS id, n.nspname AS schema, c.conname AS name, pg_get_userbyid(c.conowner) AS owner,
  c.condefault AS "isDefault", pg_encoding_to_char(c.conforencoding) AS from, pg_encoding_to_char(c.contoencoding) AS to,
  c.conproc::regproc::text AS procedure
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.oid >= 16384 AND ${IS_USER_SCHEMA}`
