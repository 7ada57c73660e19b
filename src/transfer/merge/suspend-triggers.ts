import type { Firing, Trigger } from '../../postgres/catalog/read-triggers.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import type { MergeMode } from '../inspect/inspection.ts'

const ENABLE: Readonly<Record<Exclude<Firing, 'never'>, string>> = {
  origin: 'ENABLE TRIGGER',
  replica: 'ENABLE REPLICA TRIGGER',
  always: 'ENABLE ALWAYS TRIGGER',
}

/** The triggers that would fire in a session of the given mode. */
export function firingTriggers(triggers: readonly Trigger[], mode: MergeMode): Trigger[] {
  const also: Firing = mode === 'owner' ? 'origin' : 'replica'
  return triggers.filter(({ firing }) => firing === 'always' || firing === also)
}

/** Keeps the triggers from firing for the rest of the transaction. Returns a function that restores each. */
export async function suspendTriggers(
  session: Session,
  triggers: readonly Trigger[],
): Promise<() => Promise<void>> {
  await alter(session, triggers, () => 'DISABLE TRIGGER')
  return async () => {
    // PostgreSQL refuses ALTER TABLE while deferred constraint triggers are pending.
    await session.execute('SET CONSTRAINTS ALL IMMEDIATE')
    await alter(session, triggers, ({ firing }) => (firing === 'never' ? 'DISABLE TRIGGER' : ENABLE[firing]))
  }
}

async function alter(
  session: Session,
  triggers: readonly Trigger[],
  action: (trigger: Trigger) => string,
): Promise<void> {
  const statements = triggers.map((trigger) => {
    const { relation: table, name } = trigger
    return `ALTER TABLE ONLY ${relation(table)} ${action(trigger)} ${identifier(name)}`
  })
  for (const batch of batchesOf(statements, TABLES_AT_ONCE)) await session.define(batch.join(';\n'))
}
