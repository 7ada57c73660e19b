/** A character of a terminal's screen, with the SGR codes that it was written under. */
export interface Cell {
  readonly text: string
  readonly codes: string
}

const [ESCAPE, BELL] = [String.fromCharCode(27), String.fromCharCode(7)]
const SEQUENCE = new RegExp(`${ESCAPE}\\[([?\\d;]*)([A-Za-z])|${ESCAPE}\\][^${BELL}]*${BELL}|[\\s\\S]`, 'gu')

/**
 * What a terminal shows after some output, line by line: what was overwritten or erased is not there any more. It knows the sequences that mbsync and
 * its spinners write, and lines that are not too long for it.
 */
export function screenAfter(output: string): Cell[][] {
  const lines: Cell[][] = [[]]
  let [row, column, codes] = [0, 0, '']
  const lineAt = (index: number) => {
    while (lines.length <= index) lines.push([])
    return lines[index] ?? []
  }
  for (const [text, parameters = '', final] of output.matchAll(SEQUENCE)) {
    const count = Number.parseInt(parameters, 10) || 1
    if (final === undefined) {
      if (text === '\n') row += 1
      else if (text === '\r') column = 0
      else if (text >= ' ') {
        const line = lineAt(row)
        while (line.length < column) line.push({ text: ' ', codes: '' })
        line[column] = { text, codes }
        column += 1
      }
    } else if (final === 'm') codes = parameters === '' || parameters === '0' ? '' : merge(codes, parameters)
    else if (final === 'A') row = Math.max(0, row - count)
    else if (final === 'B') row += count
    else if (final === 'G') column = count - 1
    else if (final === 'K') lineAt(row).splice(parameters === '2' || parameters === '1' ? 0 : column)
    else if (final === 'J') {
      lineAt(row).splice(column)
      lines.splice(row + 1)
    }
  }
  return lines
}

const ENDS: Readonly<Record<string, (code: string) => boolean>> = {
  '22': (code) => code === '1' || code === '2',
  '39': (code) => /^[39]\d$/.test(code),
}

function merge(codes: string, parameters: string): string {
  let now = codes === '' ? [] : codes.split(';')
  for (const code of parameters.split(';')) {
    const ends = ENDS[code]
    if (ends !== undefined) now = now.filter((each) => !ends(each))
    else now = [...now.filter((each) => !(/^[39]\d$/.test(code) && /^[39]\d$/.test(each))), code]
  }
  return now.join(';')
}
