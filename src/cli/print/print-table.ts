import Table from 'cli-table3'
import { formatCount } from '../../core/count-of.ts'
import type { Paint } from '../format/paint.ts'
import { textWidth, truncate } from '../format/text-width.ts'
import type { Page } from './page.ts'

/** One column of a printed table. */
export interface Column<Row> {
  readonly head: string
  readonly align?: 'left' | 'right'
  /** The cell's text, without colour. */
  readonly cell: (row: Row) => string
  readonly color?: (text: string, row: Row) => string
  /** Whether the column is cut short where the page is too narrow. */
  readonly isElastic?: boolean
  /** Columns with such a rank are left out where the page is too narrow for all, the lowest rank first. */
  readonly leaveOut?: number
}

/** A column of counts. With a paint, zeros are dim, and `brush` colours the others. */
export function figure<Row>(
  head: string,
  count: (row: Row) => number,
  paint?: Paint,
  brush = (text: string) => text,
): Column<Row> {
  const color = (text: string, row: Row) =>
    (paint !== undefined && count(row) === 0 ? paint.dim : brush)(text)
  return { head, align: 'right', cell: (row) => formatCount(count(row)), color }
}

const GAP = '  '
const NARROWEST_ELASTIC_COLUMN = 12
/** Columns are left out before names, which the first elastic column has, are cut to less. */
const ROOM_FOR_NAMES = 28
const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
}

/** Prints rows under their heads, without borders; where the page is too narrow, elastic columns are cut and others left out. */
export function printTable<Row>(page: Page, all: readonly Column<Row>[], rows: readonly Row[]): void {
  const columns = chooseColumns(all, rows, page.width)
  const widths = fitWidths(columns, rows, page.width)
  const table = new Table({
    chars: BORDERLESS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
    head: columns.map(({ head }, index) => page.paint.dim(truncate(head, widths[index] ?? 0))),
  })
  for (const row of rows) {
    table.push(
      columns.map(({ cell, color }, index) => {
        const text = truncate(cell(row), widths[index] ?? 0)
        return color === undefined ? text : color(text, row)
      }),
    )
  }
  for (const line of table.toString().split('\n')) page.line(line.trimEnd())
}

/** The columns that the page has room for. */
function chooseColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Column<Row>[] {
  const ranks = columns.flatMap(({ leaveOut }) => leaveOut ?? [])
  if (ranks.length === 0 || tableWidth(fitWidths(columns, rows, width, ROOM_FOR_NAMES)) <= width)
    return columns
  const lowest = Math.min(...ranks)
  return chooseColumns(
    columns.filter(({ leaveOut }) => leaveOut !== lowest),
    rows,
    width,
  )
}

function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, column) => sum + column, GAP.length * (widths.length - 1))
}

/** The widths of the columns: as wide as their cells, or less for the elastic ones, the last of them first. */
function fitWidths<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  narrowestFirst = NARROWEST_ELASTIC_COLUMN,
): number[] {
  const first = columns.findIndex(({ isElastic }) => isElastic === true)
  const widths = columns.map(({ head, cell }) => {
    return rows.reduce((widest, row) => Math.max(widest, textWidth(cell(row))), textWidth(head))
  })
  let excess = tableWidth(widths) - width
  for (const [index, column] of [...columns.entries()].reverse()) {
    const columnWidth = widths[index] ?? 0
    if (column.isElastic !== true || excess <= 0) continue
    const narrowest = index === first ? narrowestFirst : NARROWEST_ELASTIC_COLUMN
    const shrunk = Math.max(Math.min(columnWidth, narrowest), columnWidth - excess)
    excess -= columnWidth - shrunk
    widths[index] = shrunk
  }
  return widths
}
