import type { Finding } from '../../core/finding.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import type { HistoryState } from '../inspect/read-histories.ts'
import { noteFinding } from './finding.ts'

/** How many migrations are named on each side. */
const MOST_NAMED = 5
const LONGEST_NAME = 100
/**
 * The form of migration names. A table of another kind that looks like a history may contain anything, so values with spaces or an @ are
 * only counted.
 */
const NAME = /^[\w.:/\\+-]+$/

/** If both sides have a history of the same tool, and the histories differ, the schemas probably differ. */
export function validateHistories(
  source: readonly HistoryState[],
  target: readonly HistoryState[],
): Finding[] {
  const twins = new TableMap(target.map((state) => [state.table, state]))
  return source.flatMap((state) => {
    const twin = twins.get(state.table)
    return twin === undefined || twin.tool !== state.tool ? [] : compare(state, twin)
  })
}

function compare(source: HistoryState, target: HistoryState): Finding[] {
  const missing = [...source.migrations].filter((name) => !target.migrations.has(name))
  const extra = [...target.migrations].filter((name) => !source.migrations.has(name))
  const subject = displayName(source.table)
  const { tool } = source
  if (missing.length > 0 && extra.length > 0) {
    return [
      noteFinding(
        subject,
        `the two sides have run different migrations of ${tool}: only the source ${list(missing)}; only the target ${list(extra)}`,
        'Run the pending migrations on the target first. Those that only the target has are left as they are: mbsync leaves its history alone.',
      ),
    ]
  }
  if (missing.length > 0) {
    return [
      noteFinding(
        subject,
        `the target has not run migrations of ${tool} that the source has run: ${list(missing)}`,
        'Run the pending migrations on the target first: if the schemas differ, the run may be refused. If runs follow the schema (`schema: follow`), copy this table, too: name it in `include`.',
      ),
    ]
  }
  if (extra.length === 0) return []
  return [
    noteFinding(
      subject,
      `the target has run migrations of ${tool} that the source has not run: ${list(extra)}`,
      'No action is needed if the target should be ahead: mbsync leaves its history alone. Otherwise run them on the source, too.',
    ),
  ]
}

function list(names: readonly string[]): string {
  const shown = names
    .filter((name) => NAME.test(name))
    .sort()
    .slice(0, MOST_NAMED)
    .map((name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name))
  const rest = names.length - shown.length
  if (shown.length === 0) return `${rest} that ${rest === 1 ? 'has' : 'have'} no plain name`
  return `${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`
}
