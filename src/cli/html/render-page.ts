import { countOf } from '../../core/count-of.ts'
import { displayName } from '../../core/table-name.ts'
import type { StatusPage } from '../../jobs/status-page.ts'
import type { MaskedTable } from '../../state/masked-tables.ts'
import { html, type Markup } from './markup.ts'
import { renderDocument } from './render-document.ts'
import { renderHistory } from './render-history.ts'
import { renderRun } from './render-run.ts'
import { renderTable } from './render-table.ts'

/** A page that shows a run and those before it. */
export function renderPage({ target, profile, run, runs, masked, readAt }: StatusPage): string {
  const frame = {
    title: `${profile ?? 'all runs'} on ${target}`,
    headline: run?.source === undefined ? target : `${run.source} → ${target}`,
    about: profile === undefined ? 'All profiles' : `Profile ${profile}`,
    readAt,
  }
  return renderDocument(frame, [
    run === undefined ? html`<section>No runs yet.</section>` : renderRun(run, readAt),
    renderMasked(masked),
    runs.length === 0 ? undefined : html`<section><h2>Last runs</h2>${renderHistory(runs)}</section>`,
  ])
}

/** What the run brought masked; nothing where it masked nothing. */
function renderMasked(masked: readonly MaskedTable[]): Markup | undefined {
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
