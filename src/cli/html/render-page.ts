import { VERSION } from '../../core/version.ts'
import type { StatusPage } from '../../jobs/status-page.ts'
import { formatTime } from '../format/format-time.ts'
import { html, Markup } from './markup.ts'
import { PAGE_SCRIPT, SCRIPT_SOURCE } from './page-script.ts'
import { PAGE_STYLE } from './page-style.ts'
import { renderHistory } from './render-history.ts'
import { renderRun } from './render-run.ts'

/** A page that shows a run and those before it. It needs nothing beside itself, no file and no network, and its script only sorts. */
export function renderPage({ target, profile, run, runs, readAt }: StatusPage): string {
  const subject = run?.source === undefined ? target : `${run.source} → ${target}`
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ${new Markup(SCRIPT_SOURCE)}; img-src data:">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>mbsync: ${profile ?? 'all runs'} on ${target}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${subject}</h1>
<p class="faint">${profile === undefined ? 'All profiles' : `Profile ${profile}`} · as of ${formatTime(readAt)} (${zone}) · mbsync ${VERSION}</p>
</header>
${run === undefined ? html`<section>No runs yet.</section>` : renderRun(run, readAt)}
${runs.length === 0 ? undefined : html`<section><h2>Last runs</h2>${renderHistory(runs)}</section>`}
<script>${new Markup(PAGE_SCRIPT)}</script>
</body>
</html>
`.text
}
