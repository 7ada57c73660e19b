import { createHash } from 'node:crypto'

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
