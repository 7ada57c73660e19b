import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteQualified } from '../quote-name.ts'
import { type Feature, featureIf, sinceOf } from './features.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads the collations of all providers. */
export async function readCollations(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<CollationRow>(COLLATIONS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map((row) => {
      const identity = `COLLATION ${quoteQualified(row)}`
      return {
        id: row.id,
        kind: 'collation',
        identity,
        schema: row.schema,
        section: 'pre-data',
        create: [`CREATE ${identity} (${optionsOf(row).join(', ')})`],
        owner: row.owner,
        ...sinceOf(featuresOf(row)),
      }
    }),
  }
}

interface CollationRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly provider: 'builtin' | 'libc' | 'icu'
  readonly isDeterministic: boolean
  /** The locale of ICU and builtin collations. Version 14 stores that of ICU as `collate`. */
  readonly locale: string | null
  readonly collate: string | null
  readonly ctype: string | null
  readonly rules: string | null
}

function optionsOf({ provider, isDeterministic, rules, collate, ctype, ...row }: CollationRow): string[] {
  const locale = row.locale ?? (collate === ctype ? collate : null)
  const names =
    locale === null
      ? [`lc_collate = ${literal(collate ?? '')}`, `lc_ctype = ${literal(ctype ?? '')}`]
      : [`locale = ${literal(locale)}`]
  return [
    `provider = ${provider}`,
    ...(isDeterministic ? [] : ['deterministic = false']),
    ...names,
    ...(rules === null ? [] : [`rules = ${literal(rules)}`]),
  ]
}

function featuresOf({ provider, rules, locale }: CollationRow): (Feature | undefined)[] {
  return [
    featureIf(rules !== null, 160000, 'rules of ICU collations'),
    featureIf(provider === 'builtin', 170000, 'the collation provider builtin'),
    featureIf(locale === 'PG_UNICODE_FAST', 180000, 'the locale PG_UNICODE_FAST'),
  ]
}

/** Columns that not all versions have are read from the row as JSON. */
const COLLATIONS_SQL = `
SELECT 'pg_collation:' || c.oid AS id, n.nspname AS schema, c.collname AS name, pg_get_userbyid(c.collowner) AS owner,
  CASE c.collprovider WHEN 'b' THEN 'builtin' WHEN 'i' THEN 'icu' ELSE 'libc' END AS provider,
  c.collisdeterministic AS "isDeterministic", c.collcollate::text AS collate, c.collctype::text AS ctype,
  coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale') AS locale,
  to_jsonb(c) ->> 'collicurules' AS rules
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.oid >= 16384 AND ${IS_USER_SCHEMA}`
