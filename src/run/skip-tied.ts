import { countOf } from '../core/count-of.ts'
import type { TableMap } from '../core/table-map.ts'
import { displayName } from '../core/table-name.ts'
import type { SkippedTable, Tie } from '../transfer/inspect/drift.ts'
import { countOrphans, type OrphanSearch } from './count-orphans.ts'

/**
 * Adds tables that must be skipped together with the skipped ones, so that no foreign key is violated. A table that refers to a skipped one
 * is added, because its new rows may need new rows there. A table that a skipped one refers to is added if the source has deleted rows that
 * are still referred to.
 */
export async function skipTied(
  search: OrphanSearch,
  ties: readonly Tie[],
  skipped: TableMap<SkippedTable>,
): Promise<void> {
  const reasons = new Map<number, string | undefined>()
  for (let known = -1; known < skipped.size; ) {
    known = skipped.size
    for (const tie of ties) {
      const { child, parent } = tie
      if (skipped.has(parent) && !skipped.has(child)) {
        const reason = `refers to ${displayName(parent)}, which is left as it is ${byKey(tie)}`
        skipped.set(child, { table: child, reason })
      }
      if (!skipped.has(child) || skipped.has(parent)) continue
      if (!reasons.has(tie.key.oid)) reasons.set(tie.key.oid, await whyWithChild(search, tie))
      const reason = reasons.get(tie.key.oid)
      if (reason !== undefined) skipped.set(parent, { table: parent, reason })
    }
  }
}

/** Why a table may not be copied while a table that refers to it is skipped; undefined if it may. */
async function whyWithChild(search: OrphanSearch, tie: Tie): Promise<string | undefined> {
  const orphans = await countOrphans(search, tie.key, { child: 'target', parent: 'source' })
  if (orphans === 0) return undefined
  const child = `${displayName(tie.child)}, which is left as it is,`
  return orphans === undefined
    ? `has rows that ${child} may refer to and that may be deleted ${byKey(tie)}`
    : `lacks rows in the source that ${countOf(orphans, 'row')} of ${child} ${orphans === 1 ? 'refers' : 'refer'} to ${byKey(tie)}`
}

function byKey({ key }: Tie): string {
  return `(foreign key "${key.name}")`
}
