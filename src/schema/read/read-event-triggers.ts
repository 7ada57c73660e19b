import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import { featureIf, sinceOf } from './features.ts'
import type { ReadContext, ReadObjects } from './read-context.ts'

/** Reads event triggers, which belong to no schema. */
export async function readEventTriggers(
  session: Session,
  { dependencies }: ReadContext,
): Promise<ReadObjects> {
  const rows = await session.query<EventTriggerRow>(EVENT_TRIGGERS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, name, owner, event, tags, functionName, state }) => {
      const identity = `EVENT TRIGGER ${quoteName(name)}`
      const condition = tags === null ? '' : `\n    WHEN TAG IN (${tags.map(literal).join(', ')})`
      const create = `CREATE ${identity} ON ${event}${condition}\n    EXECUTE FUNCTION ${functionName}()`
      return {
        id,
        kind: 'event trigger',
        identity,
        schema: undefined,
        section: 'post-data',
        create: [create, ...(state === null ? [] : [`ALTER ${identity} ${state}`])],
        owner,
        superuserReason: 'only a superuser can create event triggers',
        ...sinceOf([featureIf(event === 'login', 170000, 'event triggers ON login')]),
      }
    }),
  }
}

interface EventTriggerRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly name: string
  readonly owner: string
  readonly event: string
  readonly tags: string[] | null
  readonly functionName: string
  /** Null for the default state. */
  readonly state: string | null
}

const EVENT_TRIGGERS_SQL = `
SELECT 'pg_event_trigger:' || t.oid AS id, t.evtname AS name, pg_get_userbyid(t.evtowner) AS owner, t.evtevent AS event, t.evttags AS tags,
  quote_ident(n.nspname) || '.' || quote_ident(p.proname) AS "functionName",
  CASE t.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' END AS state
FROM pg_event_trigger t
JOIN pg_proc p ON p.oid = t.evtfoid
JOIN pg_namespace n ON n.oid = p.pronamespace`
