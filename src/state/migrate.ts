import { FailedError, RefusedError } from '../core/errors.ts'
import { settledInOrder } from '../core/settled-in-order.ts'
import { OWN_SCHEMAS } from '../postgres/catalog/list-relations.ts'
import { adviseHandOver } from '../postgres/hand-over-state.ts'
import type { Session } from '../postgres/session.ts'
import { MIGRATION_0001_RUNS } from './migrations/0001-runs.ts'
import { MIGRATION_0002_SEARCH } from './migrations/0002-search.ts'
import { MIGRATION_0003_MEMBERS } from './migrations/0003-members.ts'
import { MIGRATION_0004_SOURCES, OPEN_SOURCES_SQL } from './migrations/0004-sources.ts'
import { MIGRATION_0005_FINDINGS } from './migrations/0005-findings.ts'
import { MIGRATION_0006_SHOWN_NOTES } from './migrations/0006-shown-notes.ts'
import { MIGRATION_0007_SOURCE_MARK } from './migrations/0007-source-mark.ts'
import { MIGRATION_0008_TARGET_MARK } from './migrations/0008-target-mark.ts'
import { MIGRATION_0009_NO_KEY_RANGES } from './migrations/0009-no-key-ranges.ts'
import { MIGRATION_0010_CREATED_OBJECTS } from './migrations/0010-created-objects.ts'
import { MIGRATION_0011_LOADS } from './migrations/0011-loads.ts'
import { MIGRATION_0012_SEARCH_MARKS } from './migrations/0012-search-marks.ts'
import { MIGRATION_0013_MASKS } from './migrations/0013-masks.ts'
import { MIGRATION_0014_SWAPS } from './migrations/0014-swaps.ts'
import { MIGRATION_0015_KEPT_ROWS } from './migrations/0015-kept-rows.ts'
import { MIGRATION_0016_AFTER } from './migrations/0016-after.ts'
import { MIGRATION_0017_WHY_IN_FULL } from './migrations/0017-why-in-full.ts'
import { MIGRATION_0018_SWAP_RULES } from './migrations/0018-swap-rules.ts'
import { MIGRATION_0019_MASK_DIGESTS } from './migrations/0019-mask-digests.ts'
import { refuseUntrustedState, WRITING } from './refuse-untrusted-state.ts'
import { hasTakenRunLock } from './run-lock.ts'
import { hasWritten } from './runs.ts'

/** The migrations in order: the first one leads to version 1. */
const MIGRATIONS: readonly string[] = [
  MIGRATION_0001_RUNS,
  MIGRATION_0002_SEARCH,
  MIGRATION_0003_MEMBERS,
  MIGRATION_0004_SOURCES,
  MIGRATION_0005_FINDINGS,
  MIGRATION_0006_SHOWN_NOTES,
  MIGRATION_0007_SOURCE_MARK,
  MIGRATION_0008_TARGET_MARK,
  MIGRATION_0009_NO_KEY_RANGES,
  MIGRATION_0010_CREATED_OBJECTS,
  MIGRATION_0011_LOADS,
  MIGRATION_0012_SEARCH_MARKS,
  MIGRATION_0013_MASKS,
  MIGRATION_0014_SWAPS,
  MIGRATION_0015_KEPT_ROWS,
  MIGRATION_0016_AFTER,
  MIGRATION_0017_WHY_IN_FULL,
  MIGRATION_0018_SWAP_RULES,
  MIGRATION_0019_MASK_DIGESTS,
]

const VERSION_TABLE =
  'CREATE TABLE mbsync.schema_version (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())'

/** What the tables are called that must be tables, and mbsync's own. */
const TABLES = [VERSION_TABLE, ...MIGRATIONS].flatMap((sql) =>
  Array.from(sql.matchAll(/^CREATE TABLE mbsync\.(\w+)/gm), ([, name = '']) => name),
)

/** Sessions that have found all of the state's schemas to be trusted: what no one else may alter is not looked at twice. */
const trusting = new WeakSet<Session>()
/** Those among them that hold the run lock, and have found the state to be of this version since, or made it so. */
const migrated = new WeakSet<Session>()

/**
 * Brings the state schema up to what this mbsync knows, in one transaction. Call it under the run lock only.
 * @throws RefusedError if others have made the state, or could put code into it, or if it was written by a newer mbsync
 */
export async function migrate(session: Session): Promise<void> {
  if (migrated.has(session)) return
  await session.transaction('BEGIN', async () => {
    // CREATE SCHEMA IF NOT EXISTS would ask for the privilege even where the schema exists.
    const missing = await missingSchemas(session)
    if (missing.length < OWN_SCHEMAS.length) await refuseUntrustedState(session, TABLES)
    if (missing.length > 0) await expectCreate(session)
    for (const schema of missing) await session.define(`CREATE SCHEMA ${schema}`)
    const table = await findVersionTable(session)
    if (table === undefined) await session.define(VERSION_TABLE)
    else if (!table.isReadable) throw await unreadableState(session)
    const version = await readVersion(session)
    refuseNewer(version)
    const due = MIGRATIONS.map(
      (sql, index) => `${sql};\nINSERT INTO mbsync.schema_version (version) VALUES (${index + 1})`,
    ).slice(version)
    if (due.length > 0) await session.define(due.join(';\n'))
    for (const schema of missing) await closeSchema(session, schema)
    if (version < MIGRATIONS.length) {
      await closeTables(session)
      await session.define(OPEN_SOURCES_SQL)
    }
  })
  migrated.add(session)
}

/** Whether the schemas of mbsync are there, or can be created. */
export async function hasRoomForState(session: Session): Promise<boolean> {
  return (await missingSchemas(session)).length === 0 || (await readCreate(session)).isAllowed
}

async function expectCreate(session: Session): Promise<void> {
  const { database, isAllowed } = await readCreate(session)
  if (isAllowed) return
  throw new RefusedError(
    `${session.database}: the role may not create the schemas in which mbsync stores its runs`,
    { hint: `GRANT CREATE ON DATABASE ${database} TO …` },
  )
}

async function readCreate(
  session: Session,
): Promise<{ readonly database: string; readonly isAllowed: boolean }> {
  return session.queryOne(
    `SELECT pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS "isAllowed"`,
  )
}

/** Default privileges of the role are meant for what it makes elsewhere: they must not open what is new here. */
async function closeSchema(session: Session, schema: string): Promise<void> {
  for (const role of await readGrantees(
    session,
    `SELECT nspowner, nspacl FROM pg_namespace WHERE nspname = '${schema}'`,
  ))
    await session.define(`REVOKE ALL ON SCHEMA ${schema} FROM ${role}`)
}

async function closeTables(session: Session): Promise<void> {
  const acls = `SELECT relowner, relacl FROM pg_class WHERE relnamespace = 'mbsync'::regnamespace AND relkind = 'r'`
  for (const role of await readGrantees(session, acls))
    await session.define(`REVOKE ${WRITING.join(', ')} ON ALL TABLES IN SCHEMA mbsync FROM ${role}`)
}

/** The roles, as SQL names them, that access control lists name besides the owner. */
async function readGrantees(session: Session, acls: string): Promise<string[]> {
  const rows = await session.query<{ role: string }>(
    `SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
     FROM (${acls}) AS o (owner, acl), aclexplode(o.acl) AS a WHERE a.grantee <> o.owner`,
  )
  return rows.map(({ role }) => role)
}

/**
 * Whether the database has a state that this mbsync can read. Changes nothing.
 * @throws RefusedError as {@link stateOf} does; FailedError if the state was written by an older mbsync
 */
export async function hasState(session: Session): Promise<boolean> {
  const state = await stateOf(session)
  if (state === 'unreadable') throw await unreadableState(session)
  if (state === 'outdated') {
    throw new FailedError('The state schema in the target is older than this mbsync can read', {
      hint: 'The next `mbsync sync` updates it.',
    })
  }
  return state === 'current'
}

/**
 * What state the database has: one that the next run brings up to date is `outdated`, one that is another role's `unreadable`. Changes nothing.
 * @throws RefusedError if others have made it, or could put code into it, or if it was written by a newer mbsync
 */
export async function stateOf(session: Session): Promise<'none' | 'unreadable' | 'outdated' | 'current'> {
  return (await readState(session, async () => undefined)).state
}

/** Whether mbsync has brought rows into the database before. */
export async function wasWritten(session: Session): Promise<boolean> {
  const { read } = await readState(session, () => hasWritten(session))
  return read ?? false
}

/** The same as {@link stateOf}, with what is read of the state meanwhile, in any version of it. */
async function readState<T>(
  session: Session,
  read: () => Promise<T>,
): Promise<{
  readonly state: 'none' | 'unreadable' | 'outdated' | 'current'
  readonly read?: T
}> {
  if (migrated.has(session)) return { state: 'current', read: await read() }
  const table = await findTrusted(session)
  if (table === undefined) return { state: 'none' }
  if (!table.isReadable) return { state: 'unreadable' }
  const [version, found] = await settledInOrder([readVersion(session).then(expectKnown), read()])
  if (version < MIGRATIONS.length) return { state: 'outdated', read: found }
  if (trusting.has(session) && hasTakenRunLock(session)) migrated.add(session)
  return { state: 'current', read: found }
}

function expectKnown(version: number): number {
  refuseNewer(version)
  return version
}

/** The table of versions, once nothing in the schemas of mbsync can run code of others. */
async function findTrusted(session: Session): Promise<VersionTable | undefined> {
  if (trusting.has(session)) return findVersionTable(session)
  const [missing, , table] = await settledInOrder([
    missingSchemas(session),
    refuseUntrustedState(session, TABLES),
    findVersionTable(session),
  ])
  if (missing.length === 0) trusting.add(session)
  return table
}

interface VersionTable {
  readonly isReadable: boolean
}

async function missingSchemas(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT name FROM unnest(ARRAY['mbsync', 'mbsync_landing', 'mbsync_undo']) AS name
     WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = name)`,
  )
  return rows.map((row) => row.name)
}

async function findVersionTable(session: Session): Promise<VersionTable | undefined> {
  const [table] = await session.query<{ isReadable: boolean }>(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "isReadable"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'mbsync' AND c.relname = 'schema_version'`,
  )
  return table
}

/** What to tell whoever needs to read a state that is `unreadable`. */
export async function unreadableState(session: Session): Promise<RefusedError> {
  const { role, owner } = await session.queryOne<{ role: string; owner: string }>(
    `SELECT current_user::text AS role, pg_get_userbyid(nspowner)::text AS owner FROM pg_namespace WHERE nspname = 'mbsync'`,
  )
  return new RefusedError(
    'The role may not read the state of mbsync in the target, because another role owns it',
    {
      hint: adviseHandOver(role, owner),
    },
  )
}

async function readVersion(session: Session): Promise<number> {
  const { version } = await session.queryOne<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM mbsync.schema_version',
  )
  return version
}

function refuseNewer(version: number): void {
  if (version <= MIGRATIONS.length) return
  throw new RefusedError(
    `The state schema in the target is of version ${version}, newer than this mbsync knows`,
    {
      hint: 'Use the mbsync version that last wrote to this target, or a newer one.',
    },
  )
}
