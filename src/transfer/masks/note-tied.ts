import type { Finding } from '../../core/finding.ts'
import type { MaskRule } from '../../core/mask.ts'
import { groupByTable } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { noteFinding } from '../validate/finding.ts'
import { keyOf, type WantedMask } from './mask-groups.ts'

/** Names the columns that are masked only as long as a foreign key ties them to one with a mask. An export cannot know that the key was dropped since the last. */
export function noteTied(rules: readonly MaskRule[], wanted: readonly WantedMask[]): Finding[] {
  const named = new Set(
    rules.flatMap(({ table, columns }) => columns.map(({ column }) => keyOf({ table, column }))),
  )
  const tied = wanted.filter((each) => !named.has(keyOf(each)))
  return [...groupByTable(tied, ({ table }) => table)]
    .map(([table, columns]) => [table, columns.sort((a, b) => (a.column < b.column ? -1 : 1))] as const)
    .map(([table, columns]) => {
      const masks = columns.map(({ column, mask }) => `"${column}": ${mask.kind}`)
      return noteFinding(
        displayName(table),
        `is masked only through foreign keys in ${columns.map(({ column }) => `"${column}"`).join(', ')}`,
        `Name these columns in \`mask\`, too, so that they stay masked without the key: ${masks.join(', ')}.`,
      )
    })
}
