import { stripVTControlCharacters } from 'node:util'

const INVISIBLE = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]$/u
/** East Asian wide and full-width characters, and what terminals draw as emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u

/** How many columns of a terminal a text takes; colour codes take none. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character)
  return width
}

/** The text, cut to at most `width` columns with `…` where something is missing. It must hold no colour codes. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ''
  let keptWidth = 0
  for (const character of text) {
    keptWidth += characterWidth(character)
    if (keptWidth > width - 1) break
    kept += character
  }
  return width < 1 ? '' : `${kept}…`
}

/** The text, filled up with spaces on the right to `width` columns. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

function characterWidth(character: string): number {
  if (character < '\u0300') return 1
  if (INVISIBLE.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
