import { displayName } from '../../core/table-name.ts'
import type { RunProgress } from '../../progress/run-progress.ts'
import { copyingLabel } from './describe-phase.ts'

/** The facts of a progress line in a log, or nothing in the phases that are short. */
export function progressFacts(progress: RunProgress, nowMs: number): object | undefined {
  const { phase, copying, merge, work } = progress
  if (copyingLabel(phase) !== '' && copying.isCopying) return copyFacts(progress, nowMs)
  if (phase === 'search') return searchFacts(progress, nowMs)
  const state = work.at(nowMs)
  if (state === undefined && phase !== 'merge') return undefined
  const { tables, compared, merged, rowsChanged, rowsWritten } = merge
  const ofMerge = { tables, tablesCompared: compared, tablesMerged: merged, rowsChanged, rowsWritten }
  const left = state?.secondsLeft
  return {
    phase,
    ...(phase === 'merge' ? ofMerge : {}),
    stage: state?.stage ?? null,
    done: state?.done ?? 0,
    total: state?.total ?? 0,
    percent: Math.floor((state?.fraction ?? 0) * 100),
    secondsLeft: left === undefined ? null : Math.ceil(left),
  }
}

function copyFacts({ phase, copying }: RunProgress, nowMs: number): object {
  const { fraction, doneBytes, totalBytes, rows, rowsPerSecond, bytesPerSecond, secondsLeft } =
    copying.at(nowMs)
  return {
    phase,
    percent: Math.floor(fraction * 100),
    bytes: doneBytes,
    estimatedBytes: totalBytes,
    rows,
    rowsPerSecond: Math.round(rowsPerSecond),
    bytesPerSecond: Math.round(bytesPerSecond),
    secondsLeft: secondsLeft === undefined ? null : Math.ceil(secondsLeft),
    tables: [...new Set(copying.running.map(({ table }) => displayName(table)))],
  }
}

function searchFacts({ search }: RunProgress, nowMs: number): object {
  const { searchIndex, step, planned, answered, rejected, deletions, deleted } = search
  const left = search.secondsLeft(nowMs)
  return {
    phase: 'search',
    searchIndex: searchIndex ?? null,
    step: step ?? null,
    changed: planned,
    answered,
    rejected,
    deletions,
    deleted,
    secondsLeft: left === undefined ? null : Math.ceil(left),
  }
}
