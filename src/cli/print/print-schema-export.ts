import type { SchemaExport } from '../../jobs/schema/export-schema.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { printSql } from './print-sql.ts'

/** Prints the script itself, or what has been written to a file. */
export function printSchemaExport({ output, script, created }: SchemaExport, page: Page): void {
  if (script === null) {
    page.prose(`${page.paint.green('✔')} ${printable(output ?? '')}: ${describeCreated(created)}.`)
    return
  }
  printSql(script, page)
}
