import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/**
 * Reads the triggers of tables and views, except those of foreign keys. Triggers that a partition has from its table are listed only if
 * their state differs.
 */
export async function readTriggers(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<TriggerRow>(TRIGGERS_SQL)
  const own = rows.filter(({ tableId }) => dependencies.extensionOf(tableId) === undefined)
  return { objects: own.map(toObject) }
}

const STATES: Readonly<Record<string, string>> = {
  O: 'ENABLE',
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
}

function toObject(row: TriggerRow): DraftObject {
  const { id, name, schema, table, definition, state, ancestors } = row
  const of = quoteQualified({ schema, name: table })
  const alter = `ALTER TABLE ${of} ${STATES[state]} TRIGGER ${quoteName(name)}`
  const isCloned = ancestors.length > 0
  return {
    id,
    kind: 'trigger',
    identity: `TRIGGER ${quoteName(name)} ON ${of}`,
    schema,
    of: { schema, name: table },
    section: 'post-data',
    create: isCloned ? [alter] : [definition, ...(state === 'O' ? [] : [alter])],
    owner: undefined,
    dependsOn: ancestors,
  }
}

interface TriggerRow extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly schema: string
  readonly tableId: string
  readonly table: string
  readonly definition: string
  readonly state: string
  /** The triggers of partitioned tables that have created it. */
  readonly ancestors: readonly string[]
}

const TRIGGERS_SQL = `
SELECT 'pg_trigger:' || t.oid AS id, t.tgname AS name, n.nspname AS schema, 'pg_class:' || c.oid AS "tableId", c.relname AS table,
  pg_get_triggerdef(t.oid) AS definition, t.tgenabled::text AS state, ARRAY(
    WITH RECURSIVE above (oid) AS (
      SELECT t.tgparentid UNION ALL SELECT a.tgparentid FROM above JOIN pg_trigger a ON a.oid = above.oid
    ) SELECT 'pg_trigger:' || oid FROM above WHERE oid <> 0
  ) AS ancestors
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger p ON p.oid = t.tgparentid
LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
WHERE coalesce(k.contype, 't') = 't' AND CASE WHEN p.oid IS NULL THEN NOT t.tgisinternal ELSE t.tgenabled <> p.tgenabled END
  AND ${IS_USER_SCHEMA}`
