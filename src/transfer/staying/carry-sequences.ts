import { readSequences, type Sequence, type SequenceValue } from '../../postgres/catalog/read-sequences.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { type StayRules, stayRuleOf } from '../inspect/stay-rule.ts'
import { isFurther, isSame } from '../merge/sequence-position.ts'

/**
 * Sets the sequences of a new database whose numbers rows that stay have. If a whole table stays, its sequence gets the position from the
 * old database. Otherwise it is not set back behind that position.
 */
export async function carrySequences(from: Session, to: Session, selection: StayRules): Promise<void> {
  const before = new Map((await readAll(from)).map((each) => [relation(each.name), each]))
  for (const sequence of await readAll(to)) {
    const rules = sequence.columns.map(({ table }) => stayRuleOf(selection, table))
    const old = before.get(relation(sequence.name))
    if (old?.canSelect !== true || rules.every((rule) => rule === undefined)) continue
    const [then, now] = [await readValue(from, old), await readValue(to, sequence)]
    const isWhole = rules.every((rule) => rule?.isWhole === true)
    if (isWhole ? isSame(then, now) : !isFurther(then, now, sequence)) continue
    await to.query(
      'SELECT pg_catalog.setval($1::pg_catalog.oid::pg_catalog.regclass, $2::pg_catalog.int8, $3)',
      [sequence.oid, then.lastValue, then.isCalled],
    )
  }
}

async function readAll(session: Session): Promise<Sequence[]> {
  const rows = await session.query<{ oid: number }>(
    `SELECT oid::int8::float8 AS oid FROM pg_class WHERE relkind = 'S' AND relnamespace <> 'mbsync'::regnamespace`,
  )
  return readSequences(
    session,
    rows.map(({ oid }) => oid),
  )
}

async function readValue(session: Session, { name }: Sequence): Promise<SequenceValue> {
  return session.queryOne<SequenceValue & Record<string, unknown>>(
    `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${relation(name)}`,
  )
}
