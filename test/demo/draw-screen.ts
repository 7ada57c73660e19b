import type { Cell } from '../support/screen.ts'

const WIDTH = 8.4
const HEIGHT = 20
const MARGIN = 16

/** The colours of a terminal picture. */
export interface Palette {
  readonly ground: string
  readonly text: string
  readonly faint: string
  /** By SGR code. */
  readonly colors: Readonly<Record<string, string>>
}

export const LIGHT: Palette = {
  ground: '#fbfaf8',
  text: '#24292f',
  faint: '#57606a',
  colors: {
    31: '#b3261e',
    32: '#17713f',
    33: '#8a5a00',
    34: '#0b61a4',
    35: '#8a4fa8',
    36: '#1a767d',
    90: '#57606a',
  },
}
export const DARK: Palette = {
  ground: '#161b22',
  text: '#e6edf3',
  faint: '#9aa4af',
  colors: {
    31: '#ff8a80',
    32: '#6fcf97',
    33: '#f0b95b',
    34: '#7ab8f5',
    35: '#c99be0',
    36: '#67c7ce',
    90: '#9aa4af',
  },
}

/** An SVG picture of a screen. It needs no font but a monospaced one, and nothing beside itself. */
export function drawScreen(lines: readonly (readonly Cell[])[], palette: Palette): string {
  const columns = Math.max(...lines.map((line) => line.length))
  const [width, height] = [Math.ceil(columns * WIDTH + 2 * MARGIN), lines.length * HEIGHT + 2 * MARGIN]
  const texts = lines.map((line, row) => drawLine(line, row, palette)).filter((text) => text !== '')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>mbsync in a terminal</title>
<rect width="${width}" height="${height}" rx="8" fill="${palette.ground}" stroke="#8884"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`
}

/** One text for each run of cells that look the same, at its own place, whatever the width of the font. */
function drawLine(line: readonly Cell[], row: number, palette: Palette): string {
  const runs: { from: number; codes: string; text: string }[] = []
  for (const [column, { text, codes }] of line.entries()) {
    const last = runs.at(-1)
    if (last !== undefined && last.codes === codes) last.text += text
    else runs.push({ from: column, codes, text })
  }
  return runs
    .filter(({ text }) => text.trim() !== '')
    .map(({ from, codes, text }) => {
      const length = [...text.trimEnd()].length
      const start = text.length - text.trimStart().length
      const x = (MARGIN + (from + start) * WIDTH).toFixed(1)
      const y = MARGIN + (row + 0.75) * HEIGHT
      return `<text x="${x}" y="${y}" textLength="${((length - start) * WIDTH).toFixed(1)}" ${styleOf(codes, palette)}>${escaped(text.trim())}</text>`
    })
    .join('')
}

function styleOf(codes: string, { text, faint, colors }: Palette): string {
  const all = codes.split(';')
  const color = all.flatMap((code) => colors[code] ?? [])[0] ?? (all.includes('2') ? faint : text)
  return `fill="${color}"${all.includes('1') ? ' font-weight="600"' : ''}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
