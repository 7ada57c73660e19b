import { html, type Markup } from './markup.ts'

/** One column of a table in a page. */
export interface PageColumn<Row> {
  readonly head: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => Markup | string
}

/** A table that scrolls by itself where the page is too narrow. */
export function renderTable<Row>(columns: readonly PageColumn<Row>[], rows: readonly Row[]): Markup {
  const classOf = ({ isNumber }: PageColumn<Row>) => (isNumber === true ? 'number' : '')
  return html`<div class="scroll"><table><thead><tr>${columns.map((column) => html`<th class="${classOf(column)}">${column.head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((column) => html`<td class="${classOf(column)}">${column.cell(row)}</td>`)}</tr>\n`)}</tbody></table></div>`
}
