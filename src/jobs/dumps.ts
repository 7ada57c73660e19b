import { basename } from 'node:path'
import { UsageError } from '../core/errors.ts'
import { type FoundDump, findDumps, removeDump } from '../dump/find-dumps.ts'
import type { Dump } from '../dump/open-dump.ts'
import { expiredDumps, type Retention } from '../dump/retention.ts'
import { verifyDump } from '../dump/verify-dump.ts'
import { type DumpSummary, summarizeDump } from './dump-summary.ts'
import type { Watch } from './watch.ts'

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
  return { folder, dumps: (await findDumps(folder)).map(describe) }
}

/** Reads every dump in a folder, or one dump, whole: checksums, gzip members, rows. */
export async function verifyDumps(
  folder: string,
  { jobs }: { readonly jobs: number },
  watch: Watch,
): Promise<DumpList> {
  const found = await findDumps(folder)
  if (!found.some(({ state }) => state === 'complete' || state === 'damaged')) {
    throw new UsageError(`There is no finished dump in ${folder}`, {
      hint: 'Give a dump, or a folder that holds dumps.',
    })
  }
  const dumps: ListedDump[] = []
  for (const each of found) {
    const problem = each.state === 'complete' ? await findDamage(each.dump, jobs, watch) : undefined
    dumps.push(problem === undefined ? describe(each) : { path: each.path, state: 'damaged', problem })
  }
  return { folder, dumps }
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
  return { folder, isDryRun, dumps: removed.map(describe), freedBytes }
}

async function findDamage(dump: Dump, jobs: number, watch: Watch): Promise<string | undefined> {
  watch.report({ type: 'phase', phase: 'verify' })
  try {
    await verifyDump(dump, { jobs, ...watch })
    return undefined
  } catch (error) {
    watch.signal.throwIfAborted()
    return error instanceof Error ? error.message : String(error)
  }
}

function describe(found: FoundDump): ListedDump {
  const { path, state } = found
  if (found.state === 'complete') {
    return { path, state, summary: summarizeDump(path, found.dump.kind, found.dump.manifest) }
  }
  return found.state === 'damaged' ? { path, state, problem: found.problem } : { path, state }
}
