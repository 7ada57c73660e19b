import { expect, test } from 'vitest'
import { createPaint } from '../../../../src/cli/format/paint.ts'
import { textWidth } from '../../../../src/cli/format/text-width.ts'
import {
  nameWidthOf,
  overallLine,
  stageLine,
  tableLine,
  workLine,
} from '../../../../src/cli/reporters/bar-lines.ts'

const plain = createPaint({}, {})
const colored = createPaint({ isTTY: true }, {})
const progress = {
  doneBytes: 1_200_000_000,
  totalBytes: 2_900_000_000,
  fraction: 0.41379,
  rows: 4_000_000,
  bytesPerSecond: 54_300_000,
  rowsPerSecond: 410_203,
  secondsLeft: 31.2,
}
const table = {
  table: { schema: 'public', name: 'a_long_name_of_a_table_订单表' },
  finishedParts: 3,
  parts: 12,
  bytes: 120_300_000,
  expectedBytes: 400_000_000,
}
const stage = { stage: 'write', done: 120_000, total: 287_500, fraction: 0.4173, secondsLeft: 62 } as const
const work = { stage: 'index', name: 'public.users', amount: 9, sinceMs: 0, fraction: 0.25 } as const
const NAMES = nameWidthOf(['public."a_long_name_of_a_table_订单表"'])

test('a wide terminal shows everything', () => {
  expect(overallLine('Landing', progress, 139, plain).trimEnd()).toBe(
    `Landing  ${'█'.repeat(17)}${'░'.repeat(23)}   41%    1.2 GB of ~2.9 GB     54.3 MB/s    410,203 rows/s  32s left`,
  )
  expect(tableLine(table, NAMES, 139, plain)).toBe(
    '  public."a_long_name_of_a_table_订单表"  ████░░░░░░░░     3/12  120.3 MB of ~400.0 MB',
  )
  expect(stageLine('Writing', stage, 139, plain).trimEnd()).toBe(
    `Writing  ${'█'.repeat(17)}${'░'.repeat(23)}   41%  120,000 of 287,500 rows  1m 02s left`,
  )
  expect(workLine(work, 1000, 12, 139, plain)).toBe('  public.users  ███░░░░░░░░░   25%  building indexes')
  expect(workLine(work, 62_000, 12, 139, plain)).toMatch(/building indexes for 1m 02s$/)
})

test('a narrow terminal keeps the bar, the percent and the time left', () => {
  expect(overallLine('Landing', progress, 45, plain).trimEnd()).toMatch(
    /^Landing {2}█+░+ {3}41% {2}32s left$/,
  )
})

test('no line is wider than the terminal', () => {
  for (let width = 30; width <= 200; width++) {
    expect(textWidth(overallLine('Landing', progress, width, colored))).toBeLessThanOrEqual(width)
    expect(textWidth(tableLine(table, NAMES, width, colored))).toBeLessThanOrEqual(width)
    expect(textWidth(stageLine('Comparing', stage, width, colored))).toBeLessThanOrEqual(width)
    expect(textWidth(workLine(work, 9000, NAMES, width, colored))).toBeLessThanOrEqual(width)
  }
})

test('the time left is not told while it is unknown', () => {
  expect(overallLine('Landing', { ...progress, secondsLeft: undefined }, 139, plain)).not.toContain('left')
})
