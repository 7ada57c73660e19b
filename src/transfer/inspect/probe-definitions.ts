import { RefusedError } from '../../core/errors.ts'
import type { TableName } from '../../core/table-name.ts'
import { type EventTrigger, readEventTriggers } from '../../postgres/catalog/read-event-triggers.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'

/** What happens in the target when mbsync creates and drops its own tables there. */
export interface DefinitionEffects {
  /** The event triggers that fire then. */
  readonly eventTriggers: readonly EventTrigger[]
  /** The tables that their functions lock for writing, with the names of the event triggers that probably do so. */
  readonly written: readonly { readonly table: TableName; readonly by: readonly string[] }[]
}

/** A trigger that the merge suspends, if it is not kept from firing in another way. */
export interface SuspendedTrigger {
  readonly table: TableName
  readonly trigger: string
}

/**
 * If event triggers would fire, creates and drops tables in mbsync's schemas, suspends a trigger as the merge does, and rolls back, to see
 * what they do.
 * @throws RefusedError that names the event trigger, if one refuses, or turns these tables into something that mbsync cannot use
 */
export async function probeDefinitions(
  session: Session,
  suspended?: SuspendedTrigger,
): Promise<DefinitionEffects> {
  const eventTriggers = await readEventTriggers(session)
  if (eventTriggers.length === 0) return { eventTriggers, written: [] }
  try {
    return await session.transaction<never>('BEGIN READ WRITE', async () => {
      for (const { name } of await session.query<{ name: string }>(MISSING_SQL))
        await session.define(`CREATE SCHEMA ${name}`)
      await session.define(CREATE_SQL)
      const changes = await session.queryOne<Changes>(CHANGES_SQL)
      if (isChanged(changes)) throw changedBy(eventTriggers, changes, session.database)
      await session.define(CHANGE_SQL)
      const locked = await session.query<LockedTable>(WRITTEN_SQL)
      if (suspended !== undefined) await probeSuspending(session, suspended, eventTriggers)
      throw new Probed(locked)
    })
  } catch (error) {
    if (error instanceof Probed) return { eventTriggers, written: writtenBy(eventTriggers, error.locked) }
    if (!(error instanceof DatabaseError)) throw error
    if (error.raisedIn !== undefined) throw refusedBy(eventTriggers, error)
    // Validation finds privileges that the role lacks.
    if (error.sqlState !== '42501') throw error
    return { eventTriggers, written: [] }
  }
}

/** Others wait for the lock no longer than the rest of the probe takes, and the probe does not wait at all. */
async function probeSuspending(
  session: Session,
  { table, trigger }: SuspendedTrigger,
  eventTriggers: readonly EventTrigger[],
): Promise<void> {
  try {
    await session.execute(`LOCK TABLE ONLY ${relation(table)} IN SHARE ROW EXCLUSIVE MODE NOWAIT`)
    await session.define(`ALTER TABLE ONLY ${relation(table)} DISABLE TRIGGER ${identifier(trigger)}`)
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (error.raisedIn !== undefined) throw refusedBy(eventTriggers, error, SUSPEND_HINT)
    if (error.sqlState !== LOCK_NOT_AVAILABLE && error.sqlState !== '42501') throw error
  }
}

/** Ends the transaction of a probe. */
class Probed extends Error {
  readonly locked: readonly LockedTable[]

  constructor(locked: readonly LockedTable[]) {
    super('probed')
    this.locked = locked
  }
}

interface LockedTable extends Record<string, unknown> {
  readonly schema: string
  readonly name: string
}

/** One of each kind of definition that a run makes. */
const CREATE_SQL = `CREATE UNLOGGED TABLE mbsync_landing.mbsync_probe AS SELECT 1 AS n;
  CREATE TABLE mbsync_undo.mbsync_probe (n int)`
const CHANGE_SQL = `ALTER TABLE mbsync_undo.mbsync_probe ADD m int;
  CREATE INDEX ON mbsync_undo.mbsync_probe (n);
  COMMENT ON TABLE mbsync_undo.mbsync_probe IS 'rolled back';
  DROP TABLE mbsync_landing.mbsync_probe, mbsync_undo.mbsync_probe`

/** The state of the tables that were created. */
interface Changes extends Record<string, unknown> {
  /** The role that they were given to, if mbsync does not have its rights. */
  readonly owner: string | null
  readonly isSecured: boolean
  readonly hasColumns: boolean
  readonly hasTriggers: boolean
}

const CHANGES_SQL = `
SELECT max(pg_get_userbyid(relowner)) FILTER (WHERE NOT pg_has_role(relowner, 'USAGE')) AS owner,
  bool_or(row_security_active(oid)) AS "isSecured", bool_or(relnatts > 1) AS "hasColumns", bool_or(relhastriggers) AS "hasTriggers"
FROM pg_class WHERE oid IN ('mbsync_landing.mbsync_probe'::regclass, 'mbsync_undo.mbsync_probe'::regclass)`

function isChanged({ owner, isSecured, hasColumns, hasTriggers }: Changes): boolean {
  return owner !== null || isSecured || hasColumns || hasTriggers
}

function changedBy(eventTriggers: readonly EventTrigger[], changes: Changes, database: string): RefusedError {
  const { owner, isSecured, hasColumns, hasTriggers } = changes
  const made = [
    { did: owner !== null, what: `gives them to ${owner}`, by: /\bowner\s+to\b/i },
    { did: isSecured, what: 'secures their rows, also from their owner', by: /row\s+level\s+security/i },
    { did: hasColumns, what: 'adds columns to them', by: /\badd\b/i },
    { did: hasTriggers, what: 'gives them triggers', by: /\btrigger\b/i },
  ].filter(({ did }) => did)
  const naming = eventTriggers.filter(({ source }) => made.some(({ by }) => by.test(source)))
  const names = (naming.length > 0 ? naming : eventTriggers).map(({ name }) => `"${name}"`)
  return new RefusedError(
    `${database}: event trigger ${names.join(' or ')} changes the tables that mbsync creates: it ${made.map(({ what }) => what).join(', and ')}`,
    { hint: PASS_HINT },
  )
}

/** IF NOT EXISTS would need the privilege even if the schema exists. */
const MISSING_SQL = `SELECT name FROM unnest(ARRAY['mbsync_landing', 'mbsync_undo']) AS name WHERE to_regnamespace(name) IS NULL`

/** A relation with such a lock at the end of the transaction was written, or could not be written while a merge has it locked. */
const WRITTEN_SQL = `
SELECT DISTINCT n.nspname AS schema, c.relname AS name
FROM pg_locks l, LATERAL (SELECT l.relation UNION SELECT relid FROM pg_partition_ancestors(l.relation)) AS r (oid)
JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
  AND c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|mbsync)'
ORDER BY 1, 2`

function writtenBy(
  eventTriggers: readonly EventTrigger[],
  locked: readonly LockedTable[],
): DefinitionEffects['written'] {
  return locked.map(({ schema, name }) => {
    const naming = eventTriggers.filter(({ source }) => source.includes(name))
    const by = naming.length > 0 ? naming : eventTriggers
    return { table: { schema, name }, by: by.map((trigger) => trigger.name) }
  })
}

function refusedBy(
  eventTriggers: readonly EventTrigger[],
  error: DatabaseError,
  hint = PASS_HINT,
): RefusedError {
  // A function with a search_path of its own is named without its schema.
  const own = eventTriggers.filter(({ functionName }) => `.${functionName}`.endsWith(`.${error.raisedIn}`))
  const names = (own.length > 0 ? own : eventTriggers).map(({ name }) => `"${name}"`).join(', ')
  return new RefusedError(`${error.message}; it is called by event trigger ${names}`, {
    cause: error,
    hint,
  })
}

const PASS_HINT =
  'mbsync creates and drops tables in its schemas mbsync, mbsync_landing and mbsync_undo: let the function ignore those, or ALTER EVENT TRIGGER … DISABLE while it runs.'

const SUSPEND_HINT =
  'While a run merges as the owner of the tables, it disables their triggers (ALTER TABLE … DISABLE TRIGGER): let the function allow that, GRANT SET ON PARAMETER session_replication_role TO the role (PostgreSQL 15 or later), or ALTER EVENT TRIGGER … DISABLE while it runs.'
