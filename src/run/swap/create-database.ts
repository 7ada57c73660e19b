import { FailedError, RefusedError } from '../../core/errors.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { DatabaseLocale } from './read-locale.ts'

/** The properties of a new database. */
export interface NewDatabase {
  readonly name: string
  readonly owner: string
  readonly tablespace: string
  readonly locale: DatabaseLocale
  /** Its comment until it is in place. */
  readonly comment: string
}

const DUPLICATE_DATABASE = '42P04'
/** A locale, an encoding or a provider that the server lacks. */
const INVALID = ['22023', '42809', '22026', '0A000']

/**
 * Creates a database that only its owner may connect to, and returns its OID.
 * @throws RefusedError if the name is taken, or the server lacks the locale
 */
export async function createDatabase(session: Session, wanted: NewDatabase): Promise<number> {
  const locale = localeOptions(wanted.locale, session.serverVersion)
  if (locale === undefined) throw lacksLocale(session, wanted)
  const name = identifier(wanted.name)
  const options = [
    `OWNER ${identifier(wanted.owner)}`,
    'TEMPLATE template0',
    `ENCODING ${literal(wanted.locale.encoding)}`,
    ...locale,
    ...(wanted.tablespace === 'pg_default' ? [] : [`TABLESPACE ${identifier(wanted.tablespace)}`]),
  ]
  try {
    await session.execute(`CREATE DATABASE ${name} ${options.join(' ')}`)
  } catch (error) {
    throw explain(error, session, wanted)
  }
  await session.execute(
    `REVOKE ALL ON DATABASE ${name} FROM PUBLIC; COMMENT ON DATABASE ${name} IS ${literal(wanted.comment)}`,
  )
  const { oid } = await session.queryOne<{ oid: number }>(
    'SELECT oid::int8::float8 AS oid FROM pg_database WHERE datname = $1',
    [wanted.name],
  )
  return oid
}

/** Another database has a name that a swap needs. */
export class NameTakenError extends RefusedError {}

/**
 * Makes sure that names are free which databases get later.
 * @throws NameTakenError
 */
export async function expectFree(session: Session, names: readonly string[]): Promise<void> {
  const [taken] = await session.query<{ name: string }>(
    'SELECT datname::text AS name FROM pg_database WHERE datname = ANY ($1::text[])',
    [names],
  )
  if (taken !== undefined) throw nameTaken(session.database, taken.name)
}

/** The error that a name is taken. */
function nameTaken(target: string, name: string): NameTakenError {
  return new NameTakenError(`${target}: there is a database "${name}" already`, {
    hint: 'mbsync has no record of a run that left it. Rename or drop it: a swap needs its name.',
  })
}

/**
 * The options of CREATE DATABASE that set a locale, in the form that the server's version takes. Undefined if it has no such locale: with
 * another one, strings would be in another order.
 */
export function localeOptions(
  { provider, collate, ctype, locale, rules }: DatabaseLocale,
  serverVersion: number,
): string[] | undefined {
  const base = [`LC_COLLATE ${literal(collate)}`, `LC_CTYPE ${literal(ctype)}`]
  switch (provider) {
    case 'libc':
      return serverVersion < 150000 ? base : [...base, 'LOCALE_PROVIDER libc']
    case 'builtin':
      if (serverVersion < 170000) return undefined
      return [...base, 'LOCALE_PROVIDER builtin', `BUILTIN_LOCALE ${literal(locale ?? 'C')}`]
    case 'icu': {
      if (serverVersion < (rules === undefined ? 150000 : 160000)) return undefined
      const icu = [...base, 'LOCALE_PROVIDER icu', `ICU_LOCALE ${literal(locale ?? 'und')}`]
      return rules === undefined ? icu : [...icu, `ICU_RULES ${literal(rules)}`]
    }
  }
}

function explain(error: unknown, session: Session, wanted: NewDatabase): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.sqlState === DUPLICATE_DATABASE) return nameTaken(session.database, wanted.name)
  return INVALID.includes(error.sqlState ?? '') ? lacksLocale(session, wanted, error) : error
}

function lacksLocale(session: Session, { locale }: NewDatabase, cause?: unknown): FailedError {
  return new FailedError(
    `${session.database}: the server cannot create a database with the locale ${locale.locale ?? locale.collate} (${locale.provider}, ${locale.encoding})`,
    {
      cause,
      hint: 'Add the locale to the server of the target, or give the new database that of the target: `swap: { locale: target }`.',
    },
  )
}
