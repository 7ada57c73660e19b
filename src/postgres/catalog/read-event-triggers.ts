import type { Session } from '../session.ts'

/** An event trigger that fires for what mbsync creates, alters or drops, or when a session begins. */
export interface EventTrigger {
  readonly name: string
  /** Its function, as PostgreSQL names it where something fails in it. */
  readonly functionName: string
  /** What the function consists of. */
  readonly source: string
  /** Whether it fires when a session begins, and for nothing else. */
  readonly isOfLogin: boolean
}

/** Reads the event triggers that would fire for what this session defines. */
export async function readEventTriggers(session: Session): Promise<EventTrigger[]> {
  return (await readAllEventTriggers(session)).filter(({ isOfLogin }) => !isOfLogin)
}

/** The same, with those that fire when a session begins. */
export async function readAllEventTriggers(session: Session): Promise<EventTrigger[]> {
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
SELECT t.evtname AS name, p.oid::regprocedure::text AS "functionName", p.prosrc AS source, t.evtevent = 'login' AS "isOfLogin"
FROM pg_event_trigger t JOIN pg_proc p ON p.oid = t.evtfoid
WHERE (t.evttags IS NULL OR t.evttags && $1::text[])
  AND CASE WHEN t.evtevent = 'login' THEN t.evtenabled IN ('A', 'O')
    ELSE t.evtenabled IN ('A', CASE WHEN $2 OR current_setting('session_replication_role') = 'replica' THEN 'R' ELSE 'O' END::"char")
      AND coalesce(current_setting('event_triggers', true), 'on') = 'on' END
ORDER BY t.evtname`
