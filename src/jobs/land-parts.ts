import type { RunRules } from '../config/config.ts'
import { nameKey, type TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import type { NewWatermark } from '../state/watermarks.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { type Copied, copyParts } from '../transfer/copy-parts.ts'
import { landingEncoding } from '../transfer/copy-sql.ts'
import type { Inspection } from '../transfer/inspection.ts'
import { createLandingTable } from '../transfer/landing-tables.ts'
import { type LandingPlace, LandingWriter } from '../transfer/landing-writer.ts'
import { type MergeNames, mergeNames, type Unchanged } from '../transfer/merge/merge-table.ts'
import type { Part, RowSource } from '../transfer/row-source.ts'
import { type TableRead, watermarkOf } from './choose-reads.ts'
import { findVanished } from './find-vanished.ts'
import type { PlannedRun } from './make-plan.ts'
import type { RunPlan } from './run-plan.ts'
import type { Watch } from './watch.ts'
import type { OpenRun } from './with-run.ts'

/** A planned run whose rows have landed. */
export interface LandedRun {
  readonly plan: RunPlan
  readonly inspection: Inspection
  /** By {@link nameKey} of the table. */
  readonly names: ReadonlyMap<string, MergeNames>
  /** By {@link nameKey} of the table. */
  readonly landed: ReadonlyMap<string, Copied>
  /** What is known of rows that did not land, by {@link nameKey} of the table. */
  readonly unchanged: ReadonlyMap<string, Unchanged>
  readonly watermarks: readonly NewWatermark[]
  /** COPY text bytes. */
  readonly bytes: number
  /** `txid_current_snapshot()` of the source. */
  readonly snapshot: string
  /** The dump that was written of the target before. */
  readonly backup?: string | undefined
}

/** Creates the landing tables and copies every part into them. */
export async function landParts<P extends Part>(
  rules: RunRules,
  watch: Watch,
  target: Database,
  run: OpenRun,
  source: RowSource<P>,
  { plan, inspection, parts, reads }: PlannedRun<P>,
): Promise<LandedRun> {
  const names = new Map<string, MergeNames>()
  const places = new Map<string, LandingPlace>()
  for (const [index, pair] of inspection.pairs.entries()) {
    const own = mergeNames(run.id, index + 1)
    names.set(nameKey(pair.source.name), own)
    const columns = copiedColumns(pair).map((column) => column.name)
    places.set(nameKey(pair.source.name), { landing: own.landing, columns })
    await createLandingTable(run.coordinator, pair, own)
  }
  const placeOf = (table: TableName) => {
    const place = places.get(nameKey(table))
    if (place === undefined) throw new Error('A part of a table without a landing table')
    return place
  }

  watch.report({ type: 'phase', phase: 'land' })
  const encoding = landingEncoding(source.encoding, inspection.target.server.encoding)
  const landed = await copyParts({
    parts: partsToRead(source, parts, reads),
    openReader: source.openReader,
    openWriter: async () => new LandingWriter(await target.session(), placeOf, encoding),
    jobs: rules.jobs,
    report: watch.report,
    signal: watch.signal,
  })
  const unchanged = await findVanished(
    rules,
    watch,
    target,
    run.coordinator,
    source,
    inspection,
    reads,
    parts,
    names,
    landed,
  )
  const bytes = [...landed.values()].reduce((total, table) => total + table.bytes, 0)
  return {
    plan,
    inspection,
    names,
    landed,
    unchanged,
    watermarks: watermarksOf(source, inspection),
    bytes,
    snapshot: source.snapshot,
  }
}

function partsToRead<P extends Part>(
  { changes }: RowSource<P>,
  parts: readonly P[],
  reads: ReadonlyMap<string, TableRead>,
): P[] {
  return parts.flatMap((part) => {
    const read = reads.get(nameKey(part.table))
    return read?.kind === 'incremental' && changes !== undefined
      ? changes.onlyChanged([part], read.since)
      : [part]
  })
}

function watermarksOf<P extends Part>(source: RowSource<P>, { pairs }: Inspection): NewWatermark[] {
  return pairs.flatMap((pair) => {
    const watermark = watermarkOf(source, pair)
    return watermark === undefined ? [] : [{ table: pair.target.name, ...watermark }]
  })
}
