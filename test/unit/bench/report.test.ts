import { expect, test } from 'vitest'
import { drawBars } from '../../../bench/peers/draw-bars.ts'
import { type Figures, type Result, rowsOf, toMarkdown } from '../../../bench/peers/report.ts'

function figures(seconds: number, cpu: number): Figures {
  return { seconds, clientCpu: cpu, sourceCpu: cpu, targetCpu: cpu, peakMb: 80, walMb: 10 }
}

const RESULT: Result = {
  scenario: {
    name: 'export',
    title: 'Export <1>',
    goals: [
      { way: 'mbsync export', against: 'pg_dump | x', ratio: 0.6 },
      { way: 'mbsync export', against: 'pg_dump | x', ratio: 0.4 },
      { way: 'mbsync export', against: 'what was not measured', ratio: 0.4 },
    ],
  },
  ways: [
    { name: 'pg_dump | x', rounds: [figures(10, 2), figures(30, 4), figures(20, 3)] },
    { name: 'mbsync export', rounds: [{ ...figures(10, 1.5), diskMb: 5 }] },
  ],
}

test('a row has medians, and its ratios to those of the first way', () => {
  expect(rowsOf(RESULT)).toMatchObject([
    { name: 'pg_dump | x', seconds: 20, clientCpu: 3, ratio: 1, cpuRatio: 1 },
    { name: 'mbsync export', seconds: 10, ratio: 0.5, cpuRatio: 0.5, diskMb: 5 },
  ])
})

test('a report names the goals that were reached and missed, and no others', () => {
  const lines = toMarkdown(RESULT).split('\n')
  expect(lines).toContain('| mbsync export | 10.0 | 0.50 | 1.5 | 1.5 | 1.5 | 0.50 | 80 | 10 | 5 |')
  expect(lines.filter((line) => line.startsWith('- '))).toEqual([
    '- `mbsync export` against `pg_dump | x`: goal 0.60, 0.50 (CPU 0.50), reached',
    '- `mbsync export` against `pg_dump | x`: goal 0.40, 0.50 (CPU 0.50), missed',
  ])
})

test('a picture has a bar of wall time and one of processor time for each way', () => {
  const picture = drawBars([RESULT])
  expect(picture.match(/<rect /g)).toHaveLength(4)
  expect(picture).toContain('Export &lt;1&gt;')
})
