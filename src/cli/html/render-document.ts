import { createHash } from 'node:crypto'
import { VERSION } from '../../core/version.ts'
import { formatTime } from '../format/format-time.ts'
import { html, Markup } from './markup.ts'
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

/**
 * The script of the page: heads of tables sort their rows, and arrow keys go from bar to bar. Without it, all that the page says is there, too.
 */
export const PAGE_SCRIPT = `
const keyOf = (row, at) => {
  const { dataset, textContent } = row.cells[at]
  return dataset.sort === undefined ? textContent : Number(dataset.sort)
}
const compare = (a, b) => (typeof a === 'number' ? a - b : a.localeCompare(b, undefined, { numeric: true }))
for (const table of document.querySelectorAll('table')) {
  const [body] = table.tBodies
  const heads = [...(table.tHead?.rows[0].cells ?? [])]
  if (body === undefined || body.rows.length < 2) continue
  heads.forEach((head, at) => {
    if (head.textContent === '') return
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener('click', () => {
      const first = head.classList.contains('number') ? 'descending' : 'ascending'
      const other = { ascending: 'descending', descending: 'ascending' }
      const direction = other[head.getAttribute('aria-sort')] ?? first
      for (const each of heads) each.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', direction)
      const sign = direction === 'ascending' ? 1 : -1
      body.append(...[...body.rows].sort((a, b) => sign * compare(keyOf(a, at), keyOf(b, at))))
    })
  })
}
const lanes = [...document.querySelectorAll('.lane')].map((lane) => [...lane.querySelectorAll('.bar')])
lanes.forEach((bars, at) => {
  bars.forEach((bar, index) => {
    if (index > 0) bar.tabIndex = -1
    bar.addEventListener('keydown', (event) => {
      const near = (others) => others && (others[index] ?? others[others.length - 1])
      const goals = { ArrowRight: bars[index + 1], ArrowLeft: bars[index - 1], ArrowDown: near(lanes[at + 1]), ArrowUp: near(lanes[at - 1]) }
      if (goals[event.key] === undefined) return
      event.preventDefault()
      goals[event.key].focus()
    })
  })
})
`

/** What the page may run, for its Content-Security-Policy. */
export const SCRIPT_SOURCE = `'sha256-${createHash('sha256').update(PAGE_SCRIPT).digest('base64')}'`
