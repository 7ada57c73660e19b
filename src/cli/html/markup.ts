import { printable } from '../format/printable.ts'

/** HTML that is safe to stand in a page. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Prose as markup: what stands between backticks is code. */
export function prose(text: string): Markup {
  const parts = text.split('`')
  // A backtick without another one is no pair.
  if (parts.length % 2 === 0) return html`${text}`
  return html`${parts.map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`))}`
}

type Content = Markup | string | number | undefined | readonly Content[]

/** HTML from a template: whatever is put into it is escaped, unless it is {@link Markup} itself. */
export function html(literals: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(
    literals.map((literal, index) => (index === 0 ? '' : toText(contents[index - 1])) + literal).join(''),
  )
}

function toText(content: Content): string {
  if (content === undefined) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escapeText(content)
  if (typeof content === 'number') return String(content)
  return content.map(toText).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
