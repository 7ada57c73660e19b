import { nameKey } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Inspection, SourceForeignKey } from '../inspection.ts'

/**
 * The target's foreign keys that the source's rows may violate: an end is outside the run, the parent is filtered, or the source
 * does not enforce the same key. All others hold in the source's snapshot, and so in what the merge makes of the target.
 */
export function unprovenForeignKeys({ source, target, pairs }: Inspection): ForeignKey[] {
  const members = new Map(
    pairs.flatMap((pair) => pair.target.members.map((member) => [member.oid, pair] as const)),
  )
  const atSource = new Map(source.foreignKeys.map((key) => [identity(key), key]))
  return target.foreignKeys.filter((key) => {
    const twin = atSource.get(identity(key))
    if (!key.isEnforced || (!key.isValid && twin !== undefined)) return false
    const parent = members.get(key.parentOid)
    const isInside = members.has(key.childOid) && parent !== undefined
    return (
      !isInside ||
      parent.source.where !== undefined ||
      twin === undefined ||
      !twin.isValid ||
      !twin.isEnforced
    )
  })
}

function identity({ child, parent, childColumns, parentColumns }: SourceForeignKey): string {
  return JSON.stringify([nameKey(child), nameKey(parent), childColumns, parentColumns])
}
