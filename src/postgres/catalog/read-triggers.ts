import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'

/** When a trigger or rule fires: in ordinary sessions, only in replica sessions, in both, or never. */
export type Firing = 'origin' | 'replica' | 'always' | 'never'

/** A user trigger or a rewrite rule on a relation. */
export interface Trigger {
  readonly relationOid: number
  readonly relation: TableName
  readonly name: string
  readonly firing: Firing
}

/** Reads the user triggers of the given relations; those that enforce constraints internally are left out. */
export async function readTriggers(session: Session, oids: readonly number[]): Promise<Trigger[]> {
  return toTriggers(
    await session.query<TriggerRow>(
      `SELECT t.tgrelid AS "relationOid", n.nspname AS schema, c.relname AS relname, t.tgname AS name, t.tgenabled AS firing
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal
       ORDER BY t.tgrelid, t.tgname`,
      [oids],
    ),
  )
}

/** Reads the rewrite rules for INSERT, UPDATE and DELETE on the given relations. */
export async function readRules(session: Session, oids: readonly number[]): Promise<Trigger[]> {
  return toTriggers(
    await session.query<TriggerRow>(
      `SELECT r.ev_class AS "relationOid", n.nspname AS schema, c.relname AS relname, r.rulename AS name, r.ev_enabled AS firing
       FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE r.ev_class = ANY ($1::oid[]) AND r.ev_type IN ('2', '3', '4')
       ORDER BY r.ev_class, r.rulename`,
      [oids],
    ),
  )
}

interface TriggerRow extends Record<string, unknown> {
  readonly relationOid: number
  readonly schema: string
  readonly relname: string
  readonly name: string
  readonly firing: string
}

const FIRINGS: Readonly<Record<string, Firing>> = { O: 'origin', R: 'replica', A: 'always', D: 'never' }

function toTriggers(rows: readonly TriggerRow[]): Trigger[] {
  return rows.map(({ relationOid, schema, relname, name, firing }) => ({
    relationOid,
    relation: { schema, name: relname },
    name,
    firing: FIRINGS[firing] ?? 'origin',
  }))
}
