import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'

/** Prints SQL. A terminal acts on what a body may hold; a file takes every byte. */
export function printSql(script: string, page: Page): void {
  const text = script.replace(/\n$/, '')
  const isTerminal = Number.isFinite(page.width)
  page.line(isTerminal ? text.split('\n').map(printable).join('\n') : text)
}
