import type { Phase } from '../../core/progress.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { countOf, formatCount } from '../format/format-count.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { RunProgress } from './run-progress.ts'

/** What a phase is doing now: `Merging: 3 of 24 tables compared`. */
export function describePhase(phase: Phase, progress: RunProgress): string {
  switch (phase) {
    case 'validate':
      return 'Validating'
    case 'land':
      return 'Landing'
    case 'merge':
      return describeMerge(progress)
    case 'settle':
      return 'Settling: fresh statistics, leftovers removed'
  }
}

/** What a phase has done: `Landed 24 tables, 4,203,113 rows, 1.2 GB in 22.1s`. */
export function describeFinishedPhase(phase: Phase, progress: RunProgress, nowMs: number): string {
  const tookMs = nowMs - progress.phaseStartedMs
  switch (phase) {
    case 'validate':
      return `Validated in ${formatDuration(tookMs)}`
    case 'land':
      return `${describeLanded(progress, nowMs)} in ${formatDuration(tookMs)}`
    case 'merge':
      return `${describeMerged(progress)} in ${formatDuration(tookMs)}`
    case 'settle':
      return `Settled in ${formatDuration(tookMs)}`
  }
}

function describeMerge({ tablesToMerge, tablesCompared, tablesMerged }: RunProgress): string {
  if (tablesToMerge === 0) return 'Merging'
  const compared = `${formatCount(tablesCompared)} of ${countOf(tablesToMerge, 'table')} compared`
  return tablesMerged === 0
    ? `Merging: ${compared}`
    : `Merging: ${compared}, ${formatCount(tablesMerged)} merged`
}

function describeLanded(progress: RunProgress, nowMs: number): string {
  const { doneBytes, rows } = progress.landing.at(nowMs)
  return `Landed ${countOf(progress.tablesLanded, 'table')}, ${countOf(rows, 'row')}, ${formatBytes(doneBytes)}`
}

function describeMerged({ tablesToMerge, rowsChanged }: RunProgress): string {
  return `Merged ${countOf(tablesToMerge, 'table')}, ${countOf(rowsChanged, 'row')} changed`
}
