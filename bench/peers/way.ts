import type { Measured } from '../run-measured.ts'
import type { Stage } from './stage.ts'

/** One way to do what a scenario asks for. */
export interface Way {
  readonly name: string
  /** What comes before, unmeasured. */
  readonly prepare: (stage: Stage) => Promise<void>
  readonly run: (stage: Stage) => Promise<Measured>
  /** Fails unless the way has done what it should. */
  readonly check: (stage: Stage) => Promise<void>
}

/** A ratio of wall times that a way should reach. */
interface Goal {
  readonly way: string
  readonly against: string
  readonly ratio: number
}

/** Ways that are compared with each other. The first one is what the others are a ratio of. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly data: 'twelve tables' | 'small tables'
  /** What a slow network lies before. */
  readonly crosses: 'source' | 'target'
  readonly ways: readonly Way[]
  readonly goals?: readonly Goal[]
}
