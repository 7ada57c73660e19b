import type { Session } from '../session.ts'

/** An event trigger that fires in this session for what mbsync creates, alters or drops. */
export interface EventTrigger {
  readonly name: string
  /** Its function, as PostgreSQL names it where something fails in it. */
  readonly functionName: string
  /** What the function consists of. */
  readonly source: string
}

/** Reads the event triggers that would fire for what this session defines. */
export async function readEventTriggers(session: Session): Promise<EventTrigger[]> {
  return session.query<EventTrigger & Record<string, unknown>>(EVENT_TRIGGERS_SQL, [TAGS, session.isSilent])
}

const TAGS = [
  'CREATE SCHEMA',
  'CREATE TABLE',
  'CREATE TABLE AS',
  'CREATE INDEX',
  'CREATE FUNCTION',
  'COMMENT',
  'ALTER TABLE',
  'ALTER INDEX',
  'ALTER SEQUENCE',
  'ALTER FUNCTION',
  'DROP TABLE',
  'DROP INDEX',
  'DROP FUNCTION',
  'GRANT',
  'REVOKE',
  'REFRESH MATERIALIZED VIEW',
]

const EVENT_TRIGGERS_SQL = `
SELECT t.evtname AS name, p.oid::regprocedure::text AS "functionName", p.prosrc AS source
FROM pg_event_trigger t JOIN pg_proc p ON p.oid = t.evtfoid
WHERE t.evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop', 'table_rewrite')
  AND (t.evttags IS NULL OR t.evttags && $1::text[])
  AND t.evtenabled IN ('A', CASE WHEN $2 OR current_setting('session_replication_role') = 'replica' THEN 'R' ELSE 'O' END::"char")
  AND coalesce(current_setting('event_triggers', true), 'on') = 'on'
ORDER BY t.evtname`
