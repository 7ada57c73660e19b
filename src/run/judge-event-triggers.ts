import type { Finding } from '../core/finding.ts'
import { TableSet } from '../core/table-map.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { patternOf } from '../core/table-pattern.ts'
import { yamlText } from '../core/yaml-text.ts'
import type { EventTrigger } from '../postgres/catalog/read-event-triggers.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { type DefinitionEffects, probeDefinitions } from '../transfer/inspect/probe-definitions.ts'
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
 * @param all all event triggers that `readEventTriggers` has found
 * @throws RefusedError if one of them refuses
 */
export async function judgeEventTriggers(
  target: Database,
  session: Session,
  all: readonly EventTrigger[],
  listTables: () => Promise<readonly TableName[]>,
): Promise<JudgedEventTriggers> {
  if (all.length === 0) return { silenced: [], firing: [], findings: [] }
  if ((await probeMergeMode(session)) === 'replica role') target.silenceEventTriggers()
  const { eventTriggers, written } = await probeDefinitions(session)
  const firing = eventTriggers.map(({ name }) => name)
  const own = new TableSet(written.length === 0 ? [] : await listTables())
  return {
    silenced: all.map(({ name }) => name).filter((name) => !firing.includes(name)),
    firing,
    findings: written.filter(({ table }) => own.has(table)).map(toError),
  }
}

type Written = DefinitionEffects['written'][number]

function toError({ table, by }: Written): Finding {
  return {
    severity: 'error',
    code: 'event-trigger',
    subject: displayName(table),
    message: `${listed(by)} writes to it or locks it whenever mbsync creates or drops a table, so it would not stay equal to the source`,
    hint: `Leave it out (exclude: [${yamlText(patternOf(table))}]), or disable the event trigger while mbsync runs. One that is not ENABLE ALWAYS can also be kept from firing: GRANT SET ON PARAMETER session_replication_role TO the role (PostgreSQL 15 or later).`,
  }
}

function listed(names: readonly string[]): string {
  return `event trigger ${names.map((name) => `"${name}"`).join(' or ')}`
}
