import { UsageError } from '../core/errors.ts'
import { expectMethod } from '../dump/compression.ts'
import { findDumps } from '../dump/find-dumps.ts'
import { type DumpList, describeDump, type ListedDump } from '../dump/list-dumps.ts'
import type { Dump } from '../dump/open-dump.ts'
import { verifyDump } from '../dump/verify-dump.ts'
import type { JobContext } from '../progress/job-context.ts'

/** Reads every dump in a folder, or one dump, whole: checksums, compressed bytes, rows. */
export async function verifyDumps(
  folder: string,
  { jobs }: { readonly jobs: number },
  context: JobContext,
): Promise<DumpList> {
  const found = await findDumps(folder)
  if (!found.some(({ state }) => state === 'complete' || state === 'damaged')) {
    throw new UsageError(`There is no finished dump in ${folder}`, {
      hint: 'Give a dump, or a folder that holds dumps.',
    })
  }
  for (const each of found)
    if (each.state === 'complete') expectMethod(each.dump.manifest.compression.method, each.path)
  const dumps: ListedDump[] = []
  for (const each of found) {
    const problem = each.state === 'complete' ? await findDamage(each.dump, jobs, context) : undefined
    dumps.push(problem === undefined ? describeDump(each) : { path: each.path, state: 'damaged', problem })
  }
  return { folder, dumps }
}

async function findDamage(dump: Dump, jobs: number, context: JobContext): Promise<string | undefined> {
  context.report({ type: 'phase', phase: 'verify' })
  try {
    await verifyDump(dump, { jobs, ...context })
    return undefined
  } catch (error) {
    context.signal.throwIfAborted()
    return error instanceof Error ? error.message : String(error)
  }
}
