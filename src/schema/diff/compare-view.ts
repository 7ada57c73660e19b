import type { ViewDetails } from '../table-details.ts'
import { review, safe } from './changes.ts'
import { recreation } from './compare-definition.ts'
import type { Change } from './difference.ts'
import { dropStatement } from './drop-statement.ts'
import type { Pair } from './sides.ts'

/**
 * Replaces a view whose columns stay the same or are extended. Any other view must be dropped and created again, together with the views
 * over it.
 */
export function compareView(pair: Pair): Change[] {
  const { source, target } = pair
  const what = 'is defined differently'
  if (source.kind === 'materialized view') {
    const refresh = source.isPopulated === true ? [`REFRESH ${source.identity}`] : []
    const statements = [dropStatement(target) ?? '', ...source.create, ...refresh]
    return [
      review(
        'materialized view',
        what,
        'its rows must be computed again, and its indexes created again',
        statements,
      ),
    ]
  }
  if (!onlyGrows(source.view, target.view))
    return [recreation('view', 'is defined differently, with other columns', pair)]
  const [statement = '', ...rest] = source.create
  return [
    safe('view', what, { within: [statement.replace(/^CREATE VIEW/, 'CREATE OR REPLACE VIEW'), ...rest] }),
  ]
}

function onlyGrows(source: ViewDetails | undefined, target: ViewDetails | undefined): boolean {
  if (source === undefined || target === undefined) return false
  return target.columns.every((column, index) => {
    const other = source.columns[index]
    return column.name === other?.name && column.type === other.type && column.collation === other.collation
  })
}
