import { basename } from 'node:path'
import { groupBy } from '../core/group-by.ts'
import { type DumpSummary, summarizeDump } from './dump-summary.ts'
import { type FoundDump, findDumps, removeDump } from './find-dumps.ts'
import type { Manifest } from './manifest.ts'

/** A dump in a list. */
export interface ListedDump {
  readonly path: string
  readonly state: FoundDump['state']
  /** What is wrong with a damaged one. */
  readonly problem?: string
  /** What a complete one holds. */
  readonly summary?: DumpSummary
}

/** The dumps in a folder. */
export interface DumpList {
  readonly folder: string
  readonly dumps: readonly ListedDump[]
}

/** What pruning removed, or would remove. */
export interface PruneResult extends DumpList {
  readonly isDryRun: boolean
  /** Bytes on disk of the complete dumps among them. */
  readonly freedBytes: number
}

/** Lists the dumps in a folder, by their manifests. Reads no rows. */
export async function listDumps(folder: string): Promise<DumpList> {
  return { folder, dumps: (await findDumps(folder)).map(describeDump) }
}

/**
 * Removes the complete dumps that retention lets go, and what dead writers left. Damaged dumps are left for a person to look at.
 */
export async function pruneDumps(
  folder: string,
  retention: Retention,
  {
    isDryRun,
    now = new Date(),
    isMeant = () => true,
  }: {
    readonly isDryRun: boolean
    readonly now?: Date
    /** Which of the names in the folder it is about; all of them unless given. */
    readonly isMeant?: (name: string) => boolean
  },
): Promise<PruneResult> {
  const found = (await findDumps(folder)).filter(({ path }) => isMeant(basename(path)))
  const complete = found.flatMap((each) => (each.state === 'complete' ? [each.dump] : []))
  const expired = new Set(expiredDumps(complete, retention, now).map((dump) => dump.path))
  const removed = found.filter(({ path, state }) => expired.has(path) || state === 'abandoned')
  if (!isDryRun) for (const { path } of removed) await removeDump(path)
  const freedBytes = complete
    .filter(({ path }) => expired.has(path))
    .reduce((total, { bytes }) => total + bytes, 0)
  return { folder, isDryRun, dumps: removed.map(describeDump), freedBytes }
}

/** A found dump as lists show it. */
export function describeDump(found: FoundDump): ListedDump {
  const { path, state } = found
  if (found.state === 'complete') {
    return { path, state, summary: summarizeDump(path, found.dump.kind, found.dump.manifest) }
  }
  return found.state === 'damaged' ? { path, state, problem: found.problem } : { path, state }
}

/** Which dumps are kept: those that any of the rules keeps, and always the newest of each source. */
interface Retention {
  /** How many of each source, the newest first. */
  readonly keepLast: number | undefined
  /** Those that are younger. */
  readonly keepDays: number | undefined
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The dumps that retention lets go, oldest first. Dumps of one source replace each other only if they have the same tables, columns and
 * rows. */
export function expiredDumps<D extends { readonly manifest: Manifest }>(
  dumps: readonly D[],
  { keepLast, keepDays }: Retention,
  now: Date,
): D[] {
  const expired: D[] = []
  for (const group of groupBy(dumps, ({ manifest }) => kindOf(manifest)).values()) {
    const newestFirst = [...group].sort((a, b) => ageMs(a.manifest, now) - ageMs(b.manifest, now))
    expired.push(
      ...newestFirst.filter(({ manifest }, index) => {
        const isAmongLast = index < Math.max(keepLast ?? 0, 1)
        const isYoung = keepDays !== undefined && ageMs(manifest, now) < keepDays * DAY_MS
        return !isAmongLast && !isYoung
      }),
    )
  }
  return expired.sort((a, b) => ageMs(b.manifest, now) - ageMs(a.manifest, now))
}

/** The same database, selected by the same patterns and conditions, with the same columns and masks: a masked dump is no newer version of one without. */
function kindOf({ source, filters, tables, schema: created }: Manifest): string {
  const { database, databaseOid, systemIdentifier } = source
  const rules = tables.flatMap(({ schema, name, where, masked = [], leftOut = [] }) =>
    where === null && masked.length === 0 && leftOut.length === 0
      ? []
      : [schema, name, where, [...masked].sort(), [...leftOut].sort()],
  )
  const hasSchema = created !== undefined
  return JSON.stringify([systemIdentifier, databaseOid, database, filters, rules, hasSchema])
}

function ageMs({ startedAt }: Manifest, now: Date): number {
  return now.getTime() - new Date(startedAt).getTime()
}
