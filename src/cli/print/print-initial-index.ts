import { shellWord } from '../../core/shell-word.ts'
import type { InitialIndex } from '../../jobs/search/init-index.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'

/** Prints a search index that was written, or only described, with what is not in it. */
export function printInitialIndex(result: InitialIndex, page: Page): void {
  const { searchIndex, path, yaml, leftOut, foreignKeys } = result
  for (const line of yaml.trimEnd().split('\n')) page.line(printable(line))
  if (path === undefined) return
  page.line('')
  for (const { column, reason } of leftOut)
    page.prose(`${printable(column)} is left out: ${printable(reason)}.`)
  for (const { column, table } of foreignKeys)
    page.prose(
      `${printable(column)} refers to ${printable(table)}: --nest ${printable(shellWord(column))} adds its row as an object.`,
    )
  page.prose(
    `${page.paint.green('✔')} The search index ${printable(searchIndex)} is in ${printable(path)}. \`mbsync check\` checks it; \`mbsync typesense --create\` fills it.`,
  )
}
