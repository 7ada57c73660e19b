import type { Session } from '../../postgres/session.ts'

/** The encoding, collation and character classes of a database. */
export interface DatabaseLocale {
  /** In the form that CREATE DATABASE takes, such as UTF8. */
  readonly encoding: string
  readonly provider: 'libc' | 'icu' | 'builtin'
  readonly collate: string
  readonly ctype: string
  /** The locale of the providers icu and builtin. */
  readonly locale: string | undefined
  /** Additional rules of icu. */
  readonly rules: string | undefined
}

const PROVIDERS: Readonly<Record<string, DatabaseLocale['provider']>> = { c: 'libc', i: 'icu', b: 'builtin' }

/** Reads the locale of the database that the session is in. */
export async function readLocale(session: Session): Promise<DatabaseLocale> {
  const { provider, locale, rules, ...row } = await session.queryOne<{
    encoding: string
    collate: string
    ctype: string
    provider: string | null
    locale: string | null
    rules: string | null
  }>(LOCALE_SQL)
  return {
    ...row,
    provider: PROVIDERS[provider ?? 'c'] ?? 'libc',
    locale: locale ?? undefined,
    rules: rules ?? undefined,
  }
}

/** These columns were added and renamed in several versions. */
const LOCALE_SQL = `
SELECT pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate::text AS collate, d.datctype::text AS ctype,
  to_jsonb(d) ->> 'datlocprovider' AS provider, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
  to_jsonb(d) ->> 'daticurules' AS rules
FROM pg_database d WHERE d.datname = current_database()`
