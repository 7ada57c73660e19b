import type { SchemaExport } from '../../jobs/schema/export-schema.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'

/** Prints the script itself, or what has been written to a file. */
export function printSchemaExport({ output, script, created }: SchemaExport, page: Page): void {
  if (script === null) {
    page.prose(`${page.paint.green('✔')} ${printable(output ?? '')}: ${describeCreated(created)}.`)
    return
  }
  const text = script.replace(/\n$/, '')
  // A terminal acts on what a body may hold; a file takes every byte.
  const isTerminal = Number.isFinite(page.width)
  page.line(isTerminal ? text.split('\n').map(printable).join('\n') : text)
}
