import type { StatusPage } from '../../jobs/status-page.ts'
import { html } from './markup.ts'
import { renderDocument } from './render-document.ts'
import { renderHistory } from './render-history.ts'
import { renderMasked } from './render-masked.ts'
import { renderRun } from './render-run.ts'

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
