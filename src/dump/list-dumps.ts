import { basename } from 'node:path'
import { type DumpSummary, summarizeDump } from './dump-summary.ts'
import { type FoundDump, findDumps, removeDump } from './find-dumps.ts'
import { expiredDumps, type Retention } from './retention.ts'

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
