import { VERSION } from '../../core/version.ts'
import { formatTime } from '../format/format-time.ts'
import { html, Markup } from './markup.ts'
import { PAGE_SCRIPT, SCRIPT_SOURCE } from './page-script.ts'
import { PAGE_STYLE } from './page-style.ts'

/** What every page has around its sections. */
export interface DocumentFrame {
  readonly title: string
  readonly headline: string
  /** What the page is about, such as `Profile nightly`. */
  readonly about: string
  readonly readAt: Date
}

/** A page around some sections. It needs nothing beside itself, no file and no network; its script only sorts and moves the focus. */
export function renderDocument(
  { title, headline, about, readAt }: DocumentFrame,
  sections: readonly (Markup | undefined)[],
): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ${new Markup(SCRIPT_SOURCE)}; img-src data:">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>mbsync: ${title}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${headline}</h1>
<p class="faint">${about} · as of ${formatTime(readAt)} (${zone}) · mbsync ${VERSION}</p>
</header>
${sections.map((section) => (section === undefined ? undefined : html`${section}\n`))}<script>${new Markup(PAGE_SCRIPT)}</script>
</body>
</html>
`.text
}
