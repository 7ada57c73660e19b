import { countOf } from '../../core/count-of.ts'
import { displayName } from '../../core/table-name.ts'
import type { MaskedTable } from '../../state/masked-tables.ts'
import { html, type Markup } from './markup.ts'
import { renderTable } from './render-table.ts'

/** What the run brought masked; nothing where it masked nothing. */
export function renderMasked(masked: readonly MaskedTable[]): Markup | undefined {
  if (masked.length === 0) return undefined
  const columns = masked.reduce((total, table) => total + table.columns.length, 0)
  return html`<section><h2>Privacy</h2>
<p><span class="pill good">✔ masked</span> The run copied ${countOf(columns, 'column')} of ${countOf(masked.length, 'table')} masked. Masks are computed in the source.</p>
${renderTable(
  [
    { head: 'Table', cell: ({ table }) => displayName(table) },
    {
      head: 'Masked columns',
      cell: ({ columns: names }) => html`<div class="wrap">${names.join(', ')}</div>`,
    },
  ],
  masked,
)}
<p class="faint">Whether other columns look personal: <code>mbsync privacy</code></p></section>`
}
