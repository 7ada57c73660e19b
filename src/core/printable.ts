/** Controls, line separators and marks that reorder text: what could make a terminal show something else. */
const UNPRINTABLE = /[\p{Control}\p{Bidi_Control}\p{Line_Separator}\p{Paragraph_Separator}\ufeff]/gu

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Text from outside, safe for a terminal: control characters are shown as escapes such as `\n` and `\x1b`, so
 * that a name in a database can neither move the cursor nor forge a line.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter)
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex =
    code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  return SHORT_ESCAPES[character] ?? hex
}
