import { nameKey } from '../../core/table-name.ts'
import { loadState } from '../../progress/load-progress.ts'
import type { RunProgress } from '../../progress/run-progress.ts'
import type { Paint } from '../format/paint.ts'
import { printable, printableName } from '../format/printable.ts'
import { nameWidthOf, overallLine, sendingLine, stageLine, tableLine, workLine } from './bar-lines.ts'
import { copyingLabel } from './describe-phase.ts'
import { STAGE_LABELS } from './describe-stage.ts'

/** What the bars of a phase show: the whole, and what is worked on now. */
export interface PhaseLines {
  readonly head: string
  /** The columns of the names. */
  readonly nameWidth?: number
  readonly pieces: readonly { readonly key: string; readonly line: string }[]
}

/** The room for the lines of a phase, and how they look. */
export interface LineSpace {
  readonly width: number
  /** What names took before: they do not jump when a long one is done. */
  readonly nameWidth: number
  readonly paint: Paint
  readonly nowMs: number
}

/** The lines of the phase that is under way; undefined where how much there is to do is not known. */
export function phaseLines(progress: RunProgress, space: LineSpace): PhaseLines | undefined {
  const head = headOf(progress, space)
  if (head === undefined) return undefined
  const { copying, work } = progress
  const { width, nameWidth, paint, nowMs } = space
  const tables = copying.running
  const works = work.running(nowMs)
  const names = [
    ...tables.map(({ table }) => printableName(table)),
    ...works.map(({ name }) => printable(name)),
  ]
  const room = Math.max(nameWidth, nameWidthOf(names))
  const pieces = [
    ...tables.map((table) => ({
      key: `copy ${nameKey(table.table)}`,
      line: tableLine(table, room, width, paint),
    })),
    ...works.map((piece) => ({
      key: `${piece.stage} ${piece.name}`,
      line: workLine(piece, nowMs, room, width, paint),
    })),
  ]
  return { head, pieces, nameWidth: room }
}

function headOf(progress: RunProgress, { width, paint, nowMs }: LineSpace): string | undefined {
  const { phase, copying, work, search } = progress
  const label = copyingLabel(phase)
  const load = loadState(progress, nowMs)
  if (label !== '' && copying.isCopying)
    return overallLine(
      load === undefined ? label : 'Loading',
      { ...copying.at(nowMs), ...load },
      width,
      paint,
    )
  if (phase === 'search') return search.isSending ? sendingLine(search, nowMs, width, paint) : undefined
  const state = work.at(nowMs)
  return state === undefined || state.total === 0 || state.done >= state.total
    ? undefined
    : stageLine(STAGE_LABELS[state.stage], { ...state, ...load }, width, paint)
}
