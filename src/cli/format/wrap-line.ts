import { stripVTControlCharacters } from 'node:util'
import { textWidth } from './text-width.ts'

/** A blank that a line may be broken at: between two words, and not in `a command`, which would be pasted in halves. */
const BREAK = /(?<=\S) (?=\S)(?=(?:[^`]*`[^`]*`)*[^`]*$)/u

/** A line of prose, broken between words so that it takes at most `width` columns; what follows a mark or a label is set off from it. */
export function wrapLine(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const indent = ' '.repeat(
    /^ *(?:[✔✖•⚠!] |\S+ {2,})?/u.exec(stripVTControlCharacters(text))?.[0].length ?? 0,
  )
  const [first = '', ...words] = text.split(BREAK)
  const lines: string[] = []
  let line = first
  for (const word of words) {
    if (textWidth(line) + 1 + textWidth(word) <= width || line.trim().length <= 1) line += ` ${word}`
    else {
      lines.push(line)
      line = `${indent}${word}`
    }
  }
  return [...lines, line].join('\n')
}
