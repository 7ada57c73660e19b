import { describe, expect, test } from 'vitest'
import { ByteEstimate } from '../../../src/progress/byte-estimate.ts'
import type { ProgressEvent } from '../../../src/progress/progress.ts'

const MB = 1_000_000
const users = { schema: 'public', name: 'users' }
const orders = { schema: 'public', name: 'orders' }

function planned(parts: number, estimatedBytes: number, estimatedRows = 0): ProgressEvent {
  return { type: 'copy-planned', tables: parts, parts, estimatedBytes, estimatedRows }
}
function started(table = users, part = 1, estimatedBytes = MB): ProgressEvent {
  return { type: 'part-started', table, part, parts: 1, estimatedBytes }
}
function read(bytes: number, table = users, part = 1): ProgressEvent {
  return { type: 'bytes', table, part, bytes }
}
function finished(bytes: number, table = users, part = 1, rows = 100, estimatedBytes = MB): ProgressEvent {
  return { type: 'part-finished', table, part, parts: 1, rows, bytes, estimatedBytes }
}
function observeAll(events: readonly ProgressEvent[], everyMs = 0): ByteEstimate {
  const estimate = new ByteEstimate()
  for (const [index, event] of events.entries()) estimate.observe(event, index * everyMs)
  return estimate
}

describe('the fraction', () => {
  test('is 0, with no time left, before anything is planned', () => {
    expect(new ByteEstimate().at(0)).toStrictEqual({
      doneBytes: 0,
      totalBytes: 0,
      fraction: 0,
      rows: 0,
      bytesPerSecond: 0,
      rowsPerSecond: 0,
      secondsLeft: undefined,
    })
  })

  test('is the bytes read of those estimated while nothing has finished', () => {
    const estimate = observeAll([planned(2, 4 * MB), started(), read(MB / 2), read(MB / 2)])
    expect(estimate.at(0)).toMatchObject({ doneBytes: MB, totalBytes: 4 * MB, fraction: 0.25 })
  })

  test('stays below 1 while a part runs, however many bytes it has', () => {
    const estimate = observeAll([planned(1, MB), started(), read(50 * MB)])
    const progress = estimate.at(0)
    expect(progress.fraction).toBeLessThan(1)
    expect(progress.totalBytes).toBeGreaterThanOrEqual(progress.doneBytes)
  })

  test('is 1 when every part has finished, whatever the estimates were', () => {
    const estimate = observeAll([
      planned(2, 9 * MB),
      started(),
      finished(10),
      started(orders),
      finished(20, orders),
    ])
    expect(estimate.at(0)).toMatchObject({ doneBytes: 30, totalBytes: 30, fraction: 1, secondsLeft: 0 })
  })

  test('is 1 at once when there is nothing to read', () => {
    expect(observeAll([planned(0, 0)]).at(0)).toMatchObject({ fraction: 1, secondsLeft: 0 })
  })

  test('counts parts when the catalog knows no bytes', () => {
    const estimate = observeAll([planned(4, 0), started(users, 1, 0), finished(0, users, 1, 0, 0)])
    expect(estimate.at(0).fraction).toBe(0.25)
  })

  test('never falls and never passes 1 over random runs', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const estimate = new ByteEstimate()
      let last = 0
      for (const [index, event] of randomRun(seed).entries()) {
        estimate.observe(event, index * 37)
        const { fraction, doneBytes, totalBytes } = estimate.at(index * 37)
        expect(fraction).toBeGreaterThanOrEqual(last)
        expect(fraction).toBeLessThanOrEqual(1)
        expect(totalBytes).toBeGreaterThanOrEqual(doneBytes)
        last = fraction
      }
      expect(last).toBe(1)
    }
  })
})

describe('the total', () => {
  test('is corrected by what finished parts held for their estimate', () => {
    const estimate = observeAll([planned(2, 2 * MB), started(), finished(3 * MB)])
    // The ratio is (3 + 0.1) / (1 + 0.1): the finished part, and 5% of the plan taken at its word.
    expect(estimate.at(0).totalBytes).toBe(Math.round(3 * MB + MB * (3.1 / 1.1)))
  })

  test('is hardly moved by a tiny part', () => {
    const estimate = observeAll([
      planned(2, 100 * MB),
      started(users, 1, 8192),
      finished(10, users, 1, 1, 8192),
    ])
    expect(estimate.at(0).totalBytes).toBeGreaterThan(99 * MB)
  })

  test('takes a running part at its bytes once they pass what was expected', () => {
    const estimate = observeAll([planned(2, 2 * MB), started(), read(7 * MB)])
    expect(estimate.at(0).totalBytes).toBe(8 * MB)
  })

  test('counts a part that is started again from nothing', () => {
    const estimate = observeAll([planned(1, MB), started(), read(MB / 2), started(), read(1000)])
    expect(estimate.at(0).doneBytes).toBe(1000)
  })
})

describe('rates', () => {
  test('are those of the last ten seconds', () => {
    const estimate = observeAll([planned(2, 100 * MB), started(users, 1, 100 * MB)])
    for (let second = 1; second <= 20; second++)
      estimate.observe(read(second <= 10 ? 4 * MB : MB), second * 1000)
    expect(estimate.at(20_000).bytesPerSecond).toBeCloseTo(MB, -3)
  })

  test('fall to zero during a stall, and then no time left is claimed', () => {
    const estimate = observeAll([planned(1, 100 * MB), started(), read(MB), read(MB)], 500)
    expect(estimate.at(2000).bytesPerSecond).toBeGreaterThan(0)
    expect(estimate.at(60_000)).toMatchObject({ bytesPerSecond: 0, rowsPerSecond: 0, secondsLeft: undefined })
  })

  test('give the time left from the bytes that remain', () => {
    const estimate = observeAll([planned(1, 10 * MB), started(users, 1, 10 * MB)])
    estimate.observe(read(2 * MB), 2000)
    expect(estimate.at(2000).secondsLeft).toBeCloseTo(8)
  })

  test('are zero at the moment of planning', () => {
    expect(observeAll([planned(1, MB)]).at(0)).toMatchObject({ bytesPerSecond: 0, secondsLeft: undefined })
  })
})

describe('rows', () => {
  test('of running parts follow the average of the finished ones', () => {
    const estimate = observeAll([planned(2, 2 * MB), started(), finished(1000, users, 1, 10)])
    estimate.observe(started(orders), 0)
    estimate.observe(read(500, orders), 0)
    expect(estimate.at(0).rows).toBe(15)
  })

  test('follow the plan while nothing has finished', () => {
    const estimate = observeAll([planned(1, MB, 1000), started(), read(MB / 10)])
    expect(estimate.at(0).rows).toBe(100)
  })

  test('do not fall when a part held fewer than expected, and are exact at the end', () => {
    const estimate = observeAll([planned(2, 2 * MB, 2000), started(), read(MB)])
    expect(estimate.at(0).rows).toBe(1000)
    estimate.observe(finished(MB, users, 1, 10), 0)
    expect(estimate.at(0).rows).toBe(1000)
    estimate.observe(finished(MB, orders, 1, 10), 0)
    expect(estimate.at(0).rows).toBe(20)
  })
})

test('tables are listed in the order they started, with corrected expectations', () => {
  const estimate = observeAll([
    planned(3, 3 * MB),
    started(),
    finished(2 * MB),
    started(orders),
    started(users, 2),
  ])
  estimate.observe(read(5, users, 2), 0)
  const expectedBytes = Math.round(MB * (2.15 / 1.15))
  expect(estimate.running).toStrictEqual([
    { table: orders, parts: 1, finishedParts: 0, bytes: 0, expectedBytes },
    { table: users, parts: 1, finishedParts: 0, bytes: 5, expectedBytes },
  ])
})

test('the parts of a table are one line, finished ones and those to come included', () => {
  const estimate = new ByteEstimate()
  const of4 = { table: users, parts: 4, estimatedBytes: MB }
  estimate.observe(planned(4, 4 * MB), 0)
  estimate.observe({ type: 'part-started', ...of4, part: 1 }, 0)
  estimate.observe({ type: 'part-started', ...of4, part: 2 }, 0)
  estimate.observe({ type: 'part-finished', ...of4, part: 1, rows: 1, bytes: MB }, 0)
  estimate.observe({ type: 'part-started', ...of4, part: 3 }, 0)
  estimate.observe({ type: 'bytes', table: users, part: 2, bytes: 7 }, 0)
  expect(estimate.isCopying).toBe(true)
  expect(estimate.running).toStrictEqual([
    { table: users, parts: 4, finishedParts: 1, bytes: MB + 7, expectedBytes: 4 * MB },
  ])
})

function randomRun(seed: number): ProgressEvent[] {
  let state = seed
  const random = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  const estimates = Array.from({ length: 12 }, () => random(MB))
  const run: ProgressEvent[] = [
    planned(
      12,
      estimates.reduce((sum, bytes) => sum + bytes, 0),
      random(10_000),
    ),
  ]
  for (const [part, estimatedBytes] of estimates.entries()) {
    const chunks = Array.from({ length: random(5) }, () => random(MB))
    const bytes = chunks.reduce((sum, chunk) => sum + chunk, 0)
    run.push(started(users, part, estimatedBytes), ...chunks.map((chunk) => read(chunk, users, part)))
    run.push(finished(bytes, users, part, random(1000), estimatedBytes))
  }
  return run
}
