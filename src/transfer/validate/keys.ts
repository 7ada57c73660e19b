import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { copiedColumns } from '../inspect/columns.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { usableKey } from '../merge/merge-table.ts'
import { noteFinding } from './finding.ts'

/** Tables without a key can be merged, but only as a whole. */
export function validateKeys({ pairs }: Inspection): Finding[] {
  return pairs.flatMap((pair) => {
    const shown = displayName(pair.target.name)
    const key = usableKey(pair.target, copiedColumns(pair))
    if (key === undefined) {
      const lack =
        pair.target.key === undefined
          ? 'has no primary key and no unique index over NOT NULL columns'
          : 'has a key with columns that the source lacks'
      return [noteFinding(shown, `${lack}: whole rows are compared, which is slower`)]
    }
    const columns = new Set(key.columns.map((column) => column.name))
    const atSource = pair.source.keyColumns ?? []
    return atSource.length > 0 && atSource.every((name) => columns.has(name))
      ? []
      : [
          noteFinding(
            shown,
            `rows are matched by (${[...columns].join(', ')}) of "${key.index}", which is not the key of the source: two rows with the same values there would fail the run`,
          ),
        ]
  })
}
