import { FailedError } from '../../core/errors.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import type { Column } from '../../postgres/catalog/table.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { Step } from '../../schema/diff/safe-statements.ts'
import { expectSameTarget, inspectTargetWithin } from '../../transfer/inspect/inspect-target.ts'
import type { Inspection } from '../../transfer/inspect/inspection.ts'
import { pairCatalogs } from '../../transfer/inspect/pair-catalogs.ts'
import type { LandedRun } from '../land-parts.ts'
import type { PlannedFollow } from './plan-follow.ts'

/**
 * Changes the tables in the transaction of the merge, before any row is written, and reads the target's catalog again.
 * @throws FailedError if a statement fails, or the tables are not those that the rows have landed for
 */
export async function followSchema(
  session: Session,
  landed: LandedRun,
  { steps }: PlannedFollow,
): Promise<LandedRun> {
  const { inspection: planned, targetBefore } = landed
  const { selection, source, targetName } = planned
  await expectSameTarget(session, selection, targetBefore)
  await session.execute('SET LOCAL check_function_bodies = off')
  await withUserPath(session, 'reading', async () => {
    const dropped = steps.replaced.flatMap(({ drop }) => drop)
    for (const step of [...dropped, ...steps.within]) await apply(session, step)
  })
  await session.execute('SET LOCAL check_function_bodies TO DEFAULT')
  const target = await inspectTargetWithin(session, selection, targetBefore.mode)
  const inspection = stayingAs(planned, pairCatalogs(selection, source, target, targetName))
  expectPlannedColumns(session, planned, inspection)
  return { ...landed, inspection }
}

/** Which rows stay was decided when the run was planned. */
function stayingAs(planned: Inspection, now: Inspection): Inspection {
  const rules = new TableMap(planned.pairs.map(({ target, stays }) => [target.name, stays]))
  return { ...now, pairs: now.pairs.map((pair) => ({ ...pair, stays: rules.get(pair.target.name) })) }
}

async function apply(session: Session, { identity, sql }: Step): Promise<void> {
  await session.define(sql).catch((error: unknown) => {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    const said = error.message.replace(`${session.database}: `, '')
    throw new DatabaseError(
      `${session.database}: ${identity} cannot follow the schema of the source: ${said}`,
      {
        cause: error,
        sqlState: error.sqlState,
        hint: HINT,
      },
    )
  })
}

const HINT =
  'Nothing has changed. Make the change in the target by hand, as `mbsync schema diff --sql` writes it, or leave the table out.'

function expectPlannedColumns({ database }: Session, planned: Inspection, found: Inspection): void {
  const now = new TableMap(found.pairs.map(({ target }) => [target.name, target]))
  for (const { target } of planned.pairs) {
    const same = now.get(target.name)
    if (same !== undefined && factsOf(same.columns) === factsOf(target.columns)) continue
    throw new FailedError(
      `${database}: ${displayName(target.name)} does not have the expected definition after the change`,
      { hint: 'Nothing has changed. Run again; if it happens again, please report it as a bug.' },
    )
  }
}

/** The properties of a table that decide how its rows are written. */
function factsOf(columns: readonly Column[]): string {
  const facts = columns.map(({ name, type, generated }) => [name, type, generated])
  return JSON.stringify(facts.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}
