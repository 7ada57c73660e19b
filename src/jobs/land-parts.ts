import type { Profile } from '../config/config.ts'
import type { Database } from '../postgres/database.ts'
import type { Snapshot } from '../postgres/snapshot.ts'
import { wireEncodings } from '../transfer/copy-sql.ts'
import { type Landed, land } from '../transfer/land.ts'
import { createLandingTable } from '../transfer/landing-tables.ts'
import { type MergeNames, mergeNames } from '../transfer/merge/merge-table.ts'
import type { Part } from '../transfer/plan-parts.ts'
import type { PlannedSync } from './plan-sync.ts'
import type { Watch } from './watch.ts'
import type { OpenRun } from './with-run.ts'

/** A planned sync whose rows have landed. */
export interface LandedSync extends PlannedSync {
  /** By the object id of the target's table. */
  readonly names: ReadonlyMap<number, MergeNames>
  readonly landed: ReadonlyMap<number, Landed>
  readonly bytes: number
  /** `txid_current_snapshot()` of the source. */
  readonly snapshotText: string
}

/** Creates the landing tables and copies every part into them. */
export async function landParts(
  profile: Profile,
  watch: Watch,
  target: Database,
  run: OpenRun,
  snapshot: Snapshot,
  planned: PlannedSync,
): Promise<LandedSync> {
  const { inspection, parts } = planned
  const names = new Map(
    inspection.pairs.map((pair, index) => [pair.target.oid, mergeNames(run.id, index + 1)]),
  )
  const namesOf = (oid: number) => names.get(oid) ?? mergeNames(run.id, 0)
  for (const pair of inspection.pairs)
    await createLandingTable(run.coordinator, pair, namesOf(pair.target.oid))

  announce(watch, parts, inspection.pairs.length)
  const landed = await land({
    openReader: snapshot.openReader,
    target,
    parts,
    landingTableOf: (part) => namesOf(part.pair.target.oid).landing,
    encodings: wireEncodings(inspection.source.server.encoding, inspection.target.server.encoding),
    jobs: profile.jobs,
    report: watch.report,
    signal: watch.signal,
  })
  const bytes = [...landed.values()].reduce((total, table) => total + table.bytes, 0)
  return { ...planned, names, landed, bytes, snapshotText: snapshot.text }
}

function announce({ report }: Watch, parts: readonly Part[], tables: number): void {
  const total = (pick: (part: Part) => number) => parts.reduce((sum, part) => sum + pick(part), 0)
  report({ type: 'phase', phase: 'land' })
  report({
    type: 'landing-planned',
    tables,
    parts: parts.length,
    estimatedBytes: total((part) => part.estimatedBytes),
    estimatedRows: total((part) => part.estimatedRows),
  })
}
