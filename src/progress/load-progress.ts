import type { Stage } from './phases.ts'
import type { RunProgress } from './run-progress.ts'

/** How far a load has come as a whole: while some tables are copied, indexes of others are built. */
export interface LoadState {
  /** From 0 to 1. It never falls. */
  readonly fraction: number
  /** At the pace so far; undefined as long as there is too little to go by. */
  readonly secondsLeft: number | undefined
}

/** What share of a load copying and its stages are taken for, as nothing is known of their times beforehand. */
const WEIGHTS = { copy: 5, index: 4, check: 1 }
const STAGES_OF_A_LOAD: readonly (Stage & keyof typeof WEIGHTS)[] = ['index', 'check']
const ENOUGH_TO_GO_BY = 0.05

/** The progress of copying with what follows it; undefined where nothing does. */
export function loadState(
  { copying, work, phase, phaseStartedMs }: RunProgress,
  nowMs: number,
): LoadState | undefined {
  const stages = STAGES_OF_A_LOAD.flatMap((stage) => {
    const state = work.stateOf(stage, nowMs)
    return state === undefined || state.total === 0 ? [] : [{ stage, fraction: state.fraction }]
  })
  if (phase !== 'land' || stages.length === 0) return undefined
  let [done, all] = [WEIGHTS.copy * copying.at(nowMs).fraction, WEIGHTS.copy]
  for (const { stage, fraction } of stages) {
    done += WEIGHTS[stage] * fraction
    all += WEIGHTS[stage]
  }
  const fraction = done / all
  const tookSeconds = (nowMs - phaseStartedMs) / 1000
  const secondsLeft = fraction < ENOUGH_TO_GO_BY ? undefined : (tookSeconds * (1 - fraction)) / fraction
  return { fraction, secondsLeft }
}
