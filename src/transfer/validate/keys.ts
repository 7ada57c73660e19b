import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { copiedColumns } from '../columns.ts'
import type { Inspection } from '../inspection.ts'
import { usableKey } from '../merge/merge-table.ts'
import { noteFinding } from './finding.ts'

/** Tables without a key can be merged, but only as a whole. */
export function validateKeys({ pairs }: Inspection): Finding[] {
  return pairs.flatMap((pair) => {
    const shown = displayName(pair.target.name)
    const key = usableKey(pair.target, copiedColumns(pair))
    if (key === undefined) {
      return [
        noteFinding(
          shown,
          'has no primary key and no unique index over NOT NULL columns: whole rows are compared, which is slower',
        ),
      ]
    }
    const columns = new Set(key.columns.map((column) => column.name))
    const atSource = pair.source.keyColumns ?? []
    return atSource.length > 0 && atSource.every((name) => columns.has(name))
      ? []
      : [
          noteFinding(
            shown,
            `the source has no unique key over (${[...columns].join(', ')}): two rows with the same values there would fail the run`,
          ),
        ]
  })
}
