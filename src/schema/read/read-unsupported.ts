import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/**
 * Lists objects that are not written as statements: those that lead to other servers, because staging must not reach those of production,
 * and those that only a superuser can create from a C library. User mappings, which hold passwords, are not read.
 */
export async function readUnsupported(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<UnsupportedRow>(UNSUPPORTED_SQL)
  const own = [
    ...rows.filter(({ id }) => dependencies.extensionOf(id) === undefined),
    ...(await readHypertables(session)),
  ]
  return {
    objects: [],
    unsupported: own.map(({ id, kind, schema, name }) => {
      const quoted = schema === null ? quoteName(name) : quoteQualified({ schema, name })
      // The server itself writes the name of a transform.
      return {
        id,
        identity: kind === 'TRANSFORM' ? name : `${WORDS[kind] ?? kind} ${quoted}`,
        ...REASONS[kind],
      }
    }),
  }
}

const WORDS: Readonly<Record<string, string>> = { HYPERTABLE: 'TABLE', 'CONTINUOUS AGGREGATE': 'VIEW' }

/** Objects that TimescaleDB lists in tables of its own, which every role may read. */
async function readHypertables(session: Session): Promise<UnsupportedRow[]> {
  const { exists } = await session.queryOne<{ exists: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
       WHERE n.nspname = '_timescaledb_catalog' AND c.relname = 'continuous_agg' AND has_schema_privilege(n.oid, 'USAGE')
     ) AS exists`,
  )
  return exists ? session.query<UnsupportedRow>(HYPERTABLES_SQL) : []
}

type Kind = keyof typeof REASONS

interface UnsupportedRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly kind: Kind
  readonly schema: string | null
  readonly name: string
}

const BY_TIMESCALE =
  'Create it in the target by hand, with create_hypertable() or as a continuous aggregate, and leave it out of the run.'
const ELSEWHERE = 'Create it in the target by hand, with a server that staging may use.'
const IN_C = 'Create it in the target by hand, as a superuser, or through the extension that it comes from.'

const REASONS = {
  HYPERTABLE: {
    reason: 'it is a hypertable of TimescaleDB, whose chunks mbsync cannot create',
    hint: BY_TIMESCALE,
  },
  'CONTINUOUS AGGREGATE': {
    reason: 'it is a continuous aggregate of TimescaleDB, which is not a plain view',
    hint: BY_TIMESCALE,
  },
  'FOREIGN TABLE': {
    reason: 'its rows are on a server that staging must not reach itself',
    hint: ELSEWHERE,
  },
  SERVER: { reason: 'it connects to a server that staging must not reach itself', hint: ELSEWHERE },
  'FOREIGN DATA WRAPPER': { reason: 'only a superuser can create it, from a library in C', hint: IN_C },
  SUBSCRIPTION: {
    reason: 'it would receive rows from another server',
    hint: 'Staging gets its rows from the run. Create it by hand if the target must receive other rows.',
  },
  LANGUAGE: { reason: 'only a superuser can create it, from a library in C', hint: IN_C },
  'ACCESS METHOD': { reason: 'only a superuser can create it, from a library in C', hint: IN_C },
  TRANSFORM: { reason: 'its functions are written in C', hint: IN_C },
} as const

const HYPERTABLES_SQL = `
SELECT 'pg_class:' || c.oid AS id, k.kind, n.nspname::text AS schema, c.relname::text AS name
FROM (
  SELECT 'HYPERTABLE' AS kind, schema_name, table_name FROM _timescaledb_catalog.hypertable
  UNION ALL SELECT 'CONTINUOUS AGGREGATE', user_view_schema, user_view_name FROM _timescaledb_catalog.continuous_agg
) AS k (kind, schema, name)
JOIN pg_namespace n ON n.nspname = k.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = k.name
WHERE ${IS_USER_SCHEMA}`

const UNSUPPORTED_SQL = `
SELECT 'pg_class:' || c.oid AS id, 'FOREIGN TABLE' AS kind, n.nspname::text AS schema, c.relname::text AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f' AND ${IS_USER_SCHEMA}
UNION ALL
SELECT 'pg_foreign_server:' || oid, 'SERVER', NULL, srvname FROM pg_foreign_server
UNION ALL
SELECT 'pg_foreign_data_wrapper:' || oid, 'FOREIGN DATA WRAPPER', NULL, fdwname FROM pg_foreign_data_wrapper
UNION ALL
SELECT 'pg_subscription:' || s.oid, 'SUBSCRIPTION', NULL, s.subname FROM pg_subscription s
JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()
UNION ALL
SELECT 'pg_language:' || oid, 'LANGUAGE', NULL, lanname FROM pg_language WHERE oid >= 16384
UNION ALL
SELECT 'pg_am:' || oid, 'ACCESS METHOD', NULL, amname FROM pg_am WHERE oid >= 16384
UNION ALL
SELECT 'pg_transform:' || t.oid, 'TRANSFORM', NULL, 'TRANSFORM FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE ' || quote_ident(l.lanname)
FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE t.oid >= 16384`
