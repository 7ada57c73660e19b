import type { TableName } from '../../core/table-name.ts'
import { readSequenceValues, type SequenceValue } from '../../postgres/catalog/read-sequences.ts'
import { literal, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'

/** A sequence and where it is to stand. */
export interface WantedSequence {
  readonly name: TableName
  readonly value: SequenceValue
}

/** A sequence that was set, with where it stood before. */
export interface SetSequence extends WantedSequence {
  readonly before: SequenceValue
}

/**
 * Sets the sequences that stand elsewhere. setval() alone would survive a rollback: RESTART first gives the sequence new
 * storage that belongs to the transaction, and setval() then writes into that.
 */
export async function setSequences(
  session: Session,
  wanted: readonly WantedSequence[],
): Promise<SetSequence[]> {
  const values = await readSequenceValues(
    session,
    wanted.map(({ name }) => name),
  )
  const moved = wanted.flatMap((sequence, index) => {
    const before = values[index]
    return before === undefined || isSame(before, sequence.value) ? [] : [{ ...sequence, before }]
  })
  for (const { name, value } of moved) {
    await session.define(`ALTER SEQUENCE ${relation(name)} RESTART`)
    await session.query(`SELECT setval(${literal(relation(name))}::regclass, $1::int8, $2)`, [
      value.lastValue,
      value.isCalled,
    ])
  }
  return moved
}

/** Whether two readings of a sequence are the same. */
export function isSame(a: SequenceValue, b: SequenceValue): boolean {
  return a.lastValue === b.lastValue && a.isCalled === b.isCalled
}
