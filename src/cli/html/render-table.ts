import { formatCount } from '../../core/count-of.ts'
import { html, type Markup } from './markup.ts'

/** One column of a table in a page. */
export interface PageColumn<Row> {
  readonly head: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => Markup | string
  /** What rows are sorted by, where it is not the text of the cell. */
  readonly sortBy?: (row: Row) => number
}

/** What else a table may have. */
export interface TableExtras<Row> {
  /** Cells of a last row, from the first column on; none if empty. */
  readonly foot?: readonly string[]
  /** What a link leads to the row by. */
  readonly idOf?: (row: Row) => string
}

/** A table that scrolls by itself where the page is too narrow. */
export function renderTable<Row>(
  columns: readonly PageColumn<Row>[],
  rows: readonly Row[],
  { foot = [], idOf }: TableExtras<Row> = {},
): Markup {
  const classOf = ({ isNumber }: PageColumn<Row>) => (isNumber === true ? 'number' : '')
  const last = html`<tfoot><tr>${columns.map((column, index) => html`<td class="${classOf(column)}">${foot[index]}</td>`)}</tr></tfoot>`
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr${idOf === undefined ? undefined : html` id="${idOf(row)}"`}>${columns.map((column) => html`<td class="${classOf(column)}"${sortKey(column, row)}>${column.cell(row)}</td>`)}</tr>\n`)}</tbody>${foot.length === 0 ? undefined : last}</table></div>`
}

function sortKey<Row>({ sortBy }: PageColumn<Row>, row: Row): Markup | undefined {
  return sortBy === undefined ? undefined : html` data-sort="${sortBy(row)}"`
}

/** A column of numbers. */
export function figure<Row>(head: string, value: (row: Row) => number): PageColumn<Row> {
  return { head, isNumber: true, cell: (row) => figureCell(value(row)), sortBy: value }
}

/** A number, dimmed if it is zero. */
function figureCell(count: number): Markup | string {
  return count === 0 ? html`<span class="zero">0</span>` : formatCount(count)
}
