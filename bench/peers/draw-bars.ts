import { type Result, rowsOf } from './report.ts'

const WIDTH = 860
const LABEL_WIDTH = 320
const BAR_HEIGHT = 14
const LINE_HEIGHT = 24
const TITLE_HEIGHT = 40
const LEAST_LONGEST = 1

/** Bars of wall time, and thin ones of processor time, as ratios to the first way of each scenario. Pure. */
export function drawBars(results: readonly Result[]): string {
  const parts: string[] = []
  let y = 8
  for (const result of results) {
    const rows = rowsOf(result)
    const longest = Math.max(LEAST_LONGEST, ...rows.flatMap(({ ratio, cpuRatio }) => [ratio, cpuRatio]))
    const lengthOf = (ratio: number) => ((WIDTH - LABEL_WIDTH - 90) * ratio) / longest
    parts.push(text(16, y + 22, result.scenario.title, 'title'))
    y += TITLE_HEIGHT
    for (const { name, ratio, cpuRatio } of rows) {
      const kind = name.startsWith('mbsync') ? 'own' : 'peer'
      parts.push(
        text(LABEL_WIDTH - 12, y + 12, name, 'label'),
        bar(y, BAR_HEIGHT, lengthOf(ratio), kind),
        bar(y + BAR_HEIGHT + 1, 3, lengthOf(cpuRatio), `${kind} cpu`),
        text(LABEL_WIDTH + lengthOf(ratio) + 8, y + 12, ratio.toFixed(2), 'figure'),
      )
      y += LINE_HEIGHT
    }
    y += 8
  }
  parts.push(
    text(
      16,
      y + 16,
      'Wall time; thin bars: processor time of client and both servers. Less is better.',
      'note',
    ),
  )
  return `${head(y + 32)}\n${parts.join('\n')}\n</svg>\n`
}

function head(height: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="Ratios of wall time and processor time">
<style>
svg { background: #ffffff; font: 13px system-ui, sans-serif; }
text { fill: #1f2328; } .title { font-weight: 600; } .label { text-anchor: end; } .note, .figure { fill: #59636e; }
.peer { fill: #9aa4af; } .own { fill: #1f6feb; } .cpu { opacity: 0.5; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; } text { fill: #e6edf3; } .note, .figure { fill: #9198a1; } .peer { fill: #656c76; } .own { fill: #4493f8; }
}
</style>`
}

function bar(y: number, height: number, length: number, kind: string): string {
  return `<rect x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${height}" rx="2" class="${kind}"/>`
}

function text(x: number, y: number, content: string, kind: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<text x="${x.toFixed(0)}" y="${y}" class="${kind}">${escaped}</text>`
}
