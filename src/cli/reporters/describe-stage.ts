import { countOf, formatCount } from '../../core/count-of.ts'
import type { Stage } from '../../progress/phases.ts'
import type { StageState } from '../../progress/work-progress.ts'
import { formatBytes } from '../format/format-bytes.ts'

/** What is done in a stage, as the head of its bar. */
export const STAGE_LABELS: Readonly<Record<Stage, string>> = {
  create: 'Creating the schema',
  index: 'Building indexes',
  check: 'Checking constraints',
  compare: 'Comparing',
  keep: 'Keeping rows for undo',
  write: 'Writing',
  prove: 'Counting rows',
  analyze: 'Analyzing',
  refresh: 'Refreshing views',
}

/** The same of one table. */
export const DOING: Readonly<Record<Stage, string>> = {
  create: 'creating',
  index: 'building indexes',
  check: 'checking constraints',
  compare: 'comparing',
  keep: 'keeping rows for undo',
  write: 'writing',
  prove: 'counting rows',
  analyze: 'analyzing',
  refresh: 'refreshing',
}

const UNITS: Readonly<Record<Exclude<Stage, 'index'>, string>> = {
  create: 'object',
  check: 'constraint',
  compare: 'row',
  keep: 'row',
  write: 'row',
  prove: 'row',
  analyze: 'table',
  refresh: 'view',
}

/** How much of a stage is done: `120,000 of 287,500 rows`. */
export function describeAmount({ stage, done, total }: StageState): string {
  if (stage === 'index') return `${formatBytes(done)} of ${formatBytes(total)}`
  return `${formatCount(done)} of ${countOf(total, UNITS[stage])}`
}
