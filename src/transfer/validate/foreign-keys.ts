import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { unprovenForeignKeys } from '../merge/unproven-foreign-keys.ts'
import { noteFinding } from './finding.ts'
import { adviseOnForeignKey } from './foreign-key-advice.ts'

/** Foreign keys that the source's rows may violate. It depends on the data, so they are noted, not refused. */
export function validateForeignKeys(inspection: Inspection): Finding[] {
  const partitions = inspection.pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))
  const inside = new Set(partitions)
  return unprovenForeignKeys(inspection).map((key) => {
    if (!inside.has(key.parentOid))
      return noteFinding(
        displayName(key.child),
        `foreign key "${key.name}" refers to ${displayName(key.parent)}: the run fails if the target lacks a row that is referred to`,
        adviseOnForeignKey(key, 'parent', inspection),
      )
    return noteFinding(
      displayName(key.child),
      `foreign key "${key.name}" to ${displayName(key.parent)} is not guaranteed by the source (a table outside the run, a \`where\`, rows that stay, or no such key there): it is checked before COMMIT`,
    )
  })
}
