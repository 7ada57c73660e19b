import { countOf, formatCount } from '../../core/count-of.ts'
import type { Phase } from '../../progress/phases.ts'
import type { RunProgress } from '../../progress/run-progress.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration, formatTimeLeft } from '../format/format-duration.ts'
import { DOING, describeAmount } from './describe-stage.ts'

/** What the copying of each phase is called: while it goes on, and when it is done. */
const COPYING = {
  verify: ['Verifying', 'Verified'],
  backup: ['Backing up', 'Backed up'],
  export: ['Exporting', 'Exported'],
  compare: ['Comparing', 'Compared'],
  land: ['Landing', 'Landed'],
} as const

/** What the bars of a phase are headed with; empty for phases that copy nothing. */
export function copyingLabel(phase: Phase | undefined): string {
  return phase !== undefined && isCopying(phase) ? COPYING[phase][0] : ''
}

/** What a phase is doing now: `Merging: 3 of 24 tables compared`. */
export function describePhase(phase: Phase, progress: RunProgress, nowMs: number): string {
  if (isCopying(phase))
    return progress.copying.isCopying ? COPYING[phase][0] : describeWork(COPYING[phase][0], progress, nowMs)
  switch (phase) {
    case 'validate':
      return 'Validating'
    case 'build':
      return 'Creating the next database'
    case 'create':
      return describeWork('Creating the schema', progress, nowMs)
    case 'merge':
      return describeWork('Merging', progress, nowMs)
    case 'switch':
      return 'Switching: ending sessions, renaming both databases'
    case 'finish':
      return describeWork('Finishing', progress, nowMs, 'analyzing tables, dropping landing tables')
    case 'search':
      return describeSearch(progress, nowMs)
  }
}

/** What a phase has done: `Landed 24 tables, 4,203,113 rows, 1.2 GB in 22.1s`. */
export function describeFinishedPhase(phase: Phase, progress: RunProgress, nowMs: number): string {
  const took = formatDuration(nowMs - progress.phaseStartedMs)
  if (isCopying(phase)) return `${COPYING[phase][1]} ${describeCopied(progress, nowMs)} in ${took}`
  switch (phase) {
    case 'validate':
      return progress.problems === 0
        ? `Validated in ${took}`
        : `Validation found ${countOf(progress.problems, 'problem')} in ${took}`
    case 'build':
      return `Created the next database in ${took}`
    case 'create':
      return `Created the schema in ${took}`
    case 'merge':
      return `${describeMerged(progress)} in ${took}`
    case 'switch':
      return `Switched to the new database in ${took}`
    case 'finish':
      return `Finished in ${took}`
    case 'search':
      return `${describeSearched(progress)} in ${took}`
  }
}

/** Whether a phase has done all that it was for. */
export function isPhaseDone(phase: Phase, { search, problems }: RunProgress): boolean {
  return problems === 0 && (phase !== 'search' || search.failed === 0)
}

function isCopying(phase: Phase): phase is keyof typeof COPYING {
  return phase in COPYING
}

/** `Merging: comparing, 1,200 of 5,000 rows (24%), about 2m left`. */
function describeWork(doing: string, { work }: RunProgress, nowMs: number, otherwise?: string): string {
  const state = work.at(nowMs)
  if (state === undefined || state.total === 0)
    return otherwise === undefined ? doing : `${doing}: ${otherwise}`
  const left = state.secondsLeft
  const facts = [
    DOING[state.stage],
    `${describeAmount(state)} (${Math.floor(state.fraction * 100)}%)`,
    ...(left === undefined || left < 1 ? [] : [`about ${formatTimeLeft(left)} left`]),
  ]
  return `${doing}: ${facts.join(', ')}`
}

function describeCopied(progress: RunProgress, nowMs: number): string {
  const { doneBytes, rows } = progress.copying.at(nowMs)
  const { storedBytes } = progress
  const stored = storedBytes === 0 ? '' : ` (${formatBytes(storedBytes)} compressed)`
  return `${countOf(progress.tablesCopied, 'table')}, ${countOf(rows, 'row')}, ${formatBytes(doneBytes)}${stored}`
}

/** A load compares nothing: all that is left to do with its rows is to commit them. */
function describeMerged({ merge: { tables, compared, rowsChanged, rowsWritten } }: RunProgress): string {
  if (compared === 0 && rowsWritten > 0) return `Committed ${countOf(tables, 'table')}`
  return `Merged ${countOf(tables, 'table')}, ${countOf(rowsChanged, 'row')} changed`
}

/** What is shown while nothing is sent. */
const STEPS = {
  waiting: 'waiting for the server to be ready (it answers 503)',
  checking: 'checking server and schema',
  comparing: 'building and comparing documents',
  reconciling: 'comparing with the documents on the server',
  publishing: 'switching to the new collection',
} as const

/** `Search index products: 12,000 of 50,000 documents sent, 3 rejected, about 2m left`. */
function describeSearch({ search }: RunProgress, nowMs: number): string {
  const { searchIndex, step, planned, answered, rejected, deletions, deleted, ingesting } = search
  if (searchIndex === undefined) return 'Search indexes'
  if (ingesting !== undefined)
    return `Search index ${searchIndex}: everything sent, ${countOf(ingesting, 'document')} not searchable yet`
  if (step !== undefined && step !== 'sending') return `Search index ${searchIndex}: ${STEPS[step]}`
  if (planned === 0 && deletions === 0) return `Search index ${searchIndex}: nothing to send`
  const left = search.secondsLeft(nowMs)
  const facts = [
    ...(planned === 0 ? [] : [`${formatCount(answered)} of ${countOf(planned, 'document')} sent`]),
    ...(rejected === 0 ? [] : [`${formatCount(rejected)} rejected`]),
    ...(deletions === 0 ? [] : [`${formatCount(deleted)} of ${formatCount(deletions)} deleted`]),
    ...(left === undefined || left < 1 ? [] : [`about ${formatDuration(left * 1000)} left`]),
  ]
  return `Search index ${searchIndex}: ${facts.join(', ')}`
}

function describeSearched({ search }: RunProgress): string {
  const { indexes, failed, allAnswered, allRejected, allDeleted } = search
  if (failed > 0)
    return `Search: ${formatCount(failed)} of ${countOf(indexes, 'index', 'indexes')} not up to date`
  if (indexes === 0) return 'Search: nothing sent or deleted'
  const rejected = allRejected === 0 ? '' : `, ${formatCount(allRejected)} rejected`
  return `Search: ${countOf(indexes, 'index', 'indexes')}, ${countOf(allAnswered, 'document')} sent${rejected}, ${formatCount(allDeleted)} deleted`
}
