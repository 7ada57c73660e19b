import { expect, test } from 'vitest'
import { WorkProgress } from '../../../src/progress/work-progress.ts'

const S = 1000

function begun(total = 300_000): WorkProgress {
  const work = new WorkProgress()
  work.observe({ type: 'stage-planned', stage: 'write', total }, 0)
  return work
}

test('within a piece, time moves the bar by what the pieces before it took; it is full only at the end', () => {
  const work = begun()
  work.observe({ type: 'work-started', stage: 'write', name: 'public.a', amount: 100_000 }, 0)
  expect(work.at(1 * S)?.secondsLeft, 'nothing shows yet how fast it goes').toBeUndefined()
  work.observe({ type: 'work-finished', stage: 'write', name: 'public.a' }, 10 * S)
  work.observe({ type: 'work-started', stage: 'write', name: 'public.b', amount: 200_000 }, 10 * S)
  expect(work.at(20 * S)).toMatchObject({ done: 200_000, total: 300_000, secondsLeft: 10 })
  expect(work.running(20 * S)).toMatchObject([{ name: 'public.b', fraction: 0.5 }])
  const late = work.at(300 * S)
  expect(late?.fraction).toBeGreaterThan(0.99)
  expect(late?.fraction).toBeLessThan(1)
  work.observe({ type: 'work-finished', stage: 'write', name: 'public.b' }, 301 * S)
  expect(work.at(301 * S)).toMatchObject({ done: 300_000, fraction: 1, secondsLeft: 0 })
  expect(work.running(301 * S)).toEqual([])
})

test('neither a bar nor what the server reports ever goes back, whatever turns out to be slower than expected', () => {
  const work = begun(1_000_000)
  let last = 0
  const look = (nowMs: number) => {
    const { fraction = 0 } = work.at(nowMs) ?? {}
    expect(fraction).toBeGreaterThanOrEqual(last)
    last = fraction
  }
  let nowMs = 0
  for (const [index, tookMs] of [1, 500, 4000, 90_000, 20, 7000, 1, 1, 60_000, 10].entries()) {
    work.observe({ type: 'work-started', stage: 'write', name: `t${index}`, amount: 100_000 }, nowMs)
    for (let step = 0; step < 10; step++) look(nowMs + (step * tookMs) / 10)
    nowMs += tookMs
    work.observe({ type: 'work-finished', stage: 'write', name: `t${index}` }, nowMs)
    look(nowMs)
  }
  expect(last).toBe(1)
})

test('what the server reports counts more than time, and gives the time that is left', () => {
  const work = new WorkProgress()
  work.observe({ type: 'stage-planned', stage: 'index', total: 8e9 }, 0)
  work.observe({ type: 'work-started', stage: 'index', name: 'public.a', amount: 8e9 }, 0)
  work.observe(
    { type: 'server-progress', works: [{ stage: 'index', name: 'public.a', fraction: 0.25 }] },
    9 * S,
  )
  work.observe(
    { type: 'server-progress', works: [{ stage: 'index', name: 'public.a', fraction: 0.2 }] },
    9 * S,
  )
  expect(work.at(10 * S)).toMatchObject({ fraction: 0.25, secondsLeft: 30 })
})

test('a countdown goes on between two events', () => {
  const work = begun(200_000)
  work.observe({ type: 'work-started', stage: 'write', name: 'a', amount: 100_000 }, 0)
  work.observe({ type: 'work-finished', stage: 'write', name: 'a' }, 10 * S)
  work.observe({ type: 'work-started', stage: 'write', name: 'b', amount: 100_000 }, 10 * S)
  const left = [10, 12, 15, 17].map((seconds) => work.at(seconds * S)?.secondsLeft)
  expect(left).toEqual([10, 8, 5, 3])
  expect(work.at(60 * S)?.secondsLeft, 'an estimate that was too short is not shown').toBeUndefined()
})

test('the stage that is under way is the last one that has something left', () => {
  const work = new WorkProgress()
  expect(work.at(0)).toBeUndefined()
  work.observe({ type: 'stage-planned', stage: 'compare', total: 10 }, 0)
  work.observe({ type: 'stage-planned', stage: 'keep', total: 0 }, 0)
  expect(work.at(0)?.stage).toBe('compare')
  work.observe({ type: 'work-started', stage: 'compare', name: 'a', amount: 10 }, 0)
  work.observe({ type: 'work-finished', stage: 'compare', name: 'a' }, 5)
  work.observe({ type: 'stage-planned', stage: 'write', total: 3 }, 5)
  expect(work.at(6)).toMatchObject({ stage: 'write', done: 0, total: 3 })
})

test('a watcher that comes late sees the same as one that was there', () => {
  const work = begun()
  work.observe({ type: 'work-started', stage: 'write', name: 'a', amount: 100_000 }, 0)
  work.observe({ type: 'work-finished', stage: 'write', name: 'a' }, 10 * S)
  work.observe({ type: 'work-started', stage: 'write', name: 'b', amount: 200_000 }, 10 * S)
  const snapshot = work.snapshot(15 * S)
  const late = new WorkProgress()
  if (snapshot !== undefined) late.restore(snapshot, 15 * S)
  expect(late.at(16 * S)).toMatchObject({ stage: 'write', total: 300_000, done: work.at(16 * S)?.done })
  expect(late.running(16 * S)).toEqual(work.running(16 * S))
})
