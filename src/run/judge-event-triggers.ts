import type { Finding } from '../core/finding.ts'
import { TableSet } from '../core/table-map.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { patternOf } from '../core/table-pattern.ts'
import { yamlText } from '../core/yaml-text.ts'
import { findWritten } from '../postgres/catalog/names-in-function.ts'
import type { EventTrigger } from '../postgres/catalog/read-event-triggers.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import {
  type DefinitionEffects,
  probeDefinitions,
  type SuspendedTrigger,
} from '../transfer/inspect/probe-definitions.ts'
import { probeMergeMode } from '../transfer/inspect/probe-merge-mode.ts'

/** What the event triggers of the target mean for a run. */
export interface JudgedEventTriggers {
  /** The names of those that would fire for mbsync's own definitions, and are kept from firing. */
  readonly silenced: readonly string[]
  /** The names of those that fire. */
  readonly firing: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * Keeps event triggers from firing for mbsync's own definitions, as triggers are kept from firing for the rows that it writes. If the role
 * may not do that, this finds out what they do when they fire. One that writes to a table of the run would wait for the lock of the merge,
 * and its later writes would make the table differ.
 * @param all all event triggers that `readAllEventTriggers` has found
 * @throws RefusedError if one of them refuses
 */
export async function judgeEventTriggers(
  target: Database,
  session: Session,
  all: readonly EventTrigger[],
  listTables: () => Promise<readonly TableName[]>,
): Promise<JudgedEventTriggers> {
  const ofLogin = all.filter(({ isOfLogin }) => isOfLogin)
  const ofDefinitions = all.filter(({ isOfLogin }) => !isOfLogin)
  const atLogin = ofLogin.length === 0 ? [] : writtenAtLogin(ofLogin, await listTables())
  if (ofDefinitions.length === 0) return { silenced: [], firing: [], findings: atLogin }
  const mode = await probeMergeMode(session)
  if (mode === 'replica role') target.silenceEventTriggers()
  const suspended = mode === 'owner' ? await findSuspended(session, await listTables()) : undefined
  const { eventTriggers, written } = await probeDefinitions(session, suspended)
  const firing = eventTriggers.map(({ name }) => name)
  const own = new TableSet(written.length === 0 ? [] : await listTables())
  return {
    silenced: ofDefinitions.map(({ name }) => name).filter((name) => !firing.includes(name)),
    firing,
    findings: [...written.filter(({ table }) => own.has(table)).map(toError), ...atLogin],
  }
}

/** One of the triggers that the merge suspends. */
async function findSuspended(
  session: Session,
  tables: readonly TableName[],
): Promise<SuspendedTrigger | undefined> {
  const [found] = await session.query<TableName & Record<'trigger', string> & Record<string, unknown>>(
    SUSPENDED_SQL,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  )
  return found && { table: { schema: found.schema, name: found.name }, trigger: found.trigger }
}

const SUSPENDED_SQL = `
SELECT n.nspname::text AS schema, c.relname::text AS name, t.tgname::text AS trigger
FROM unnest($1::text[], $2::text[]) AS s (schema, name)
JOIN pg_namespace n ON n.nspname = s.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.name
JOIN pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND pg_has_role(c.relowner, 'USAGE')
ORDER BY c.oid, t.tgname LIMIT 1`

/** mbsync opens sessions while the merge has its tables locked, so each of them would wait for the lock, too. */
function writtenAtLogin(ofLogin: readonly EventTrigger[], tables: readonly TableName[]): Finding[] {
  return ofLogin.flatMap(({ name: trigger, source }) => {
    const written = findWritten(source)
    return tables
      .filter((table) =>
        written.some(({ schema, name }) => name === table.name && (schema ?? table.schema) === table.schema),
      )
      .map(
        (table): Finding => ({
          severity: 'error',
          code: 'event-trigger',
          subject: displayName(table),
          message: `event trigger "${trigger}" of the target writes to it whenever a session begins, so it would not stay equal to the source`,
          hint: `Leave it out: exclude: [${yamlText(patternOf(table))}].`,
        }),
      )
  })
}

type Written = DefinitionEffects['written'][number]

function toError({ table, by }: Written): Finding {
  return {
    severity: 'error',
    code: 'event-trigger',
    subject: displayName(table),
    message: `event trigger ${by.map((name) => `"${name}"`).join(' or ')} writes to it or locks it whenever mbsync creates or drops a table, so it would not stay equal to the source`,
    hint: `Leave it out (exclude: [${yamlText(patternOf(table))}]), or disable the event trigger while mbsync runs. One that is not ENABLE ALWAYS can also be kept from firing: GRANT SET ON PARAMETER session_replication_role TO the role (PostgreSQL 15 or later).`,
  }
}
