import { RefusedError } from '../core/errors.ts'
import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import { displayName } from '../core/table-name.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { Inspection } from '../transfer/inspect/inspection.ts'
import { conditionsOf, joinConditions } from '../transfer/inspect/select-relations.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/land/copied.ts'
import type { LandingPlace } from '../transfer/land/landing-writer.ts'

/**
 * A dump lands its rows whole. This removes those that do not meet the conditions of the selection, which the target evaluates.
 * @returns the rows that remain, by table
 * @throws RefusedError if a condition is not valid
 */
export async function filterLanded(
  session: Session,
  { selection, pairs }: Inspection,
  places: ReadonlyTableMap<LandingPlace>,
  landed: ReadonlyTableMap<Copied>,
): Promise<TableMap<Copied>> {
  const kept = new TableMap(landed)
  for (const { source } of pairs) {
    const conditions = conditionsOf(selection, source.name)
    const place = places.get(source.name)
    // Masked values would not meet the condition. It is the condition of the dump, which the source has evaluated.
    const isDone = source.masked !== undefined && source.masked.size > 0
    if (conditions.length === 0 || place === undefined || isDone) continue
    const from = `DELETE FROM ${relation(place.landing)} AS ${identifier(source.name.name)}`
    const deleted = await deleteUnless(session, from, conditions).catch((error: unknown) => {
      if (error instanceof DatabaseError) throw wrongCondition(displayName(source.name), error)
      throw error
    })
    const copied = kept.get(source.name) ?? NOTHING_COPIED
    kept.set(source.name, { ...copied, rows: copied.rows - deleted })
  }
  return kept
}

/** Each condition must be valid by itself: one that closes a parenthesis that it has not opened is refused. */
async function deleteUnless(session: Session, from: string, conditions: readonly string[]): Promise<number> {
  return session.transaction('BEGIN', async () => {
    for (const condition of conditions) await session.parse(`${from} WHERE ${condition}`)
    return session.execute(`${from} WHERE (${joinConditions(conditions)}\n) IS NOT TRUE`)
  })
}

function wrongCondition(table: string, error: DatabaseError): RefusedError {
  return new RefusedError(`${table}: the \`where\` condition is not valid: ${error.message}`, {
    hint: 'Nothing has changed. Correct the condition: for a dump, the target evaluates it.',
    cause: error,
  })
}
