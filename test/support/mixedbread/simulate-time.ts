import { afterAll, beforeAll } from 'vitest'
import { MACHINE_CLOCK } from '../../../src/search/mixedbread/rate-limiter.ts'
import { virtualClock } from './virtual-clock.ts'

/** In all tests of the file that calls it, what waits for a Mixedbread store waits in simulated time. */
export function simulateTime(): void {
  const { now, sleep } = MACHINE_CLOCK
  beforeAll(() => void Object.assign(MACHINE_CLOCK, virtualClock()))
  afterAll(() => void Object.assign(MACHINE_CLOCK, { now, sleep }))
}
