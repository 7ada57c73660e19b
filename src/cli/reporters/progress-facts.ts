import { displayName } from '../../core/table-name.ts'
import type { RunProgress } from './run-progress.ts'

/** The facts of a progress line in a log, or nothing in the phases that are short. */
export function progressFacts(progress: RunProgress, nowMs: number): object | undefined {
  if (progress.phase === 'land') return landingFacts(progress, nowMs)
  if (progress.phase !== 'merge') return undefined
  const { tablesToMerge, tablesCompared, tablesMerged } = progress
  return { phase: 'merge', tables: tablesToMerge, tablesCompared, tablesMerged }
}

function landingFacts({ landing }: RunProgress, nowMs: number): object {
  const { fraction, doneBytes, totalBytes, rows, rowsPerSecond, bytesPerSecond, secondsLeft } =
    landing.at(nowMs)
  return {
    phase: 'land',
    percent: Math.floor(fraction * 100),
    bytes: doneBytes,
    estimatedBytes: totalBytes,
    rows,
    rowsPerSecond: Math.round(rowsPerSecond),
    bytesPerSecond: Math.round(bytesPerSecond),
    secondsLeft: secondsLeft === undefined ? null : Math.ceil(secondsLeft),
    tables: [...new Set(landing.running.map(({ table }) => displayName(table)))],
  }
}
