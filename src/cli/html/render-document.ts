import { VERSION } from '../../core/version.ts'
import { formatTime } from '../format/format-time.ts'
import { html, type Markup } from './markup.ts'
import { PAGE_STYLE } from './page-style.ts'

/** What every page has around its sections. */
export interface DocumentFrame {
  readonly title: string
  readonly headline: string
  /** What the page is about, such as `Profile nightly`. */
  readonly about: string
  readonly readAt: Date
}

/** A page around some sections. It needs nothing beside itself: no script, no file, no network. */
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
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
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
${sections.map((section) => (section === undefined ? undefined : html`${section}\n`))}</body>
</html>
`.text
}
