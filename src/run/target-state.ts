import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import type { Session } from '../postgres/session.ts'
import { type MaskedTable, readLastMasked } from '../state/masked-tables.ts'
import { stateOf } from '../state/migrate.ts'
import { readWatermarks, type StoredWatermark } from '../state/watermarks.ts'
import { inspectTarget } from '../transfer/inspect/inspect-target.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import { followedCatalog } from './follow/followed-catalog.ts'
import { followsNothing, type PlannedFollow } from './follow/plan-follow.ts'
import type { TargetState } from './make-plan.ts'

/** The target is read while the source is being opened. An error surfaces where the result is awaited. */
export function readMeanwhile(session: Session, selection: Selection): TargetState {
  const watermarks = readWatermarksIfAny(session)
  const lastMasked = readLastMaskedIfAny(session)
  const catalog = inspectTarget(session, selection)
  for (const reading of [catalog, watermarks, lastMasked]) reading.catch(() => undefined)
  return { catalog, watermarks, lastMasked }
}

/** What the last run of each table brought masked, as far as this version can read it. */
export async function readLastMaskedIfAny(session: Session): Promise<readonly MaskedTable[]> {
  return (await stateOf(session)) === 'current' ? readLastMasked(session) : []
}

async function readWatermarksIfAny(session: Session): Promise<ReadonlyTableMap<StoredWatermark>> {
  return (await stateOf(session)) === 'current' ? readWatermarks(session) : new TableMap()
}

/** The target as the run will have changed it. */
export function followedState(
  state: TargetState,
  source: RowSource,
  follow: PlannedFollow | undefined,
): TargetState {
  if (follow === undefined || followsNothing(follow)) return state
  const { asFollowed = (catalog) => catalog } = state
  return { ...state, asFollowed: (catalog) => followedCatalog(asFollowed(catalog), source.catalog, follow) }
}
