import { expect, test } from 'vitest'
import { textWidth } from '../../../../src/cli/format/text-width.ts'
import { type Column, printTable } from '../../../../src/cli/print/print-table.ts'
import { printed } from './printed-page.ts'

const columns: Column<readonly [string, number]>[] = [
  { head: 'Table', cell: ([name]) => name, isElastic: true },
  { head: 'Rows', align: 'right', cell: ([, rows]) => String(rows) },
]

test('rows stand under their heads without borders', () => {
  const rows = [['public.users', 12] as const, ['public."订单表"', 3] as const]
  expect(printed((page) => printTable(page, columns, rows))).toBe(
    ['Table            Rows', 'public.users       12', 'public."订单表"     3'].join('\n'),
  )
})

test('elastic columns are cut where the page is too narrow', () => {
  const rows = [[`public.${'long'.repeat(20)}`, 1_000_000] as const]
  const text = printed((page) => printTable(page, columns, rows), { width: 40 })
  for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(40)
  expect(text).toContain('…')
})

test('figures are left out before names are cut short', () => {
  const wide: Column<readonly [string, number]>[] = [
    ...columns.slice(0, 1),
    { head: 'Size', cell: () => '12.0 MB', leaveOut: 1 },
    { head: 'Reason', cell: () => 'why it is read in full', isElastic: true },
  ]
  const text = printed((page) => printTable(page, wide, [['public."Manufacturer"', 1]]), { width: 40 })
  expect(text).toBe(['Table                  Reason', 'public."Manufacturer"  why it is read i…'].join('\n'))
})
