import { basename, dirname, resolve } from 'node:path'
import { coded, type Finding } from '../core/finding.ts'
import { isSameTable } from '../core/table-name.ts'
import { findDumps } from '../dump/find-dumps.ts'
import type { Manifest } from '../dump/manifest.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import type { LiveSource } from '../transfer/source/live-source.ts'
import { rawColumns, refuseRaw } from './find-unmasked-again.ts'

/**
 * Finds columns that the newest dump of the profile beside the new one has masked, and that the new one would have raw. An export has no target whose state
 * would show it.
 */
export async function findUnmaskedInDump(
  { catalog: { server, tables } }: Pick<LiveSource, 'catalog'>,
  { masks }: Pick<Selection, 'masks'>,
  {
    output,
    profile,
    database,
  }: { readonly output: string; readonly profile?: string | undefined; readonly database: string },
): Promise<Finding[]> {
  if (profile === undefined) return []
  const dumps = await findEarlier(dirname(resolve(output)), { profile, source: server.name, database })
  const findings = tables.flatMap((table) => {
    for (const { path, manifest } of dumps) {
      const then = manifest.tables.find((each) => isSameTable(each, table.name))
      if (then === undefined) continue
      const before = new Set(then.masked)
      const raw = rawColumns(table, masks).filter((column) => before.has(column))
      return refuseRaw(table, raw, `was masked in the dump ${basename(path)} and is not masked now`)
    }
    return []
  })
  return coded('mask', findings)
}

/** The complete dumps of a profile in a folder, the newest first. */
async function findEarlier(
  folder: string,
  { profile, source, database }: Record<'profile' | 'source' | 'database', string>,
): Promise<{ readonly path: string; readonly manifest: Manifest }[]> {
  const found = await findDumps(folder)
  return found
    .flatMap((each) => (each.state === 'complete' ? [each.dump] : []))
    .filter(({ manifest: { profile: own, source: from } }) => {
      return own === profile && from.name === source && from.database === database
    })
    .sort((a, b) => Date.parse(b.manifest.startedAt) - Date.parse(a.manifest.startedAt))
}
