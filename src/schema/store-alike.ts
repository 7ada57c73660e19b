import { quoteName, quoteQualified } from './quote-name.ts'
import type { ColumnDetails, TableDetails } from './table-details.ts'

/**
 * PostgreSQL creates no child of parents that store a column in different ways, which they may have done only since the child exists. So all of them store it
 * like the first one meanwhile, which no row notices.
 */
export function storeAlike(parents: readonly TableDetails[]): {
  readonly before: readonly string[]
  readonly after: readonly string[]
} {
  const first = new Map<string, string>()
  const [before, after]: [string[], string[]] = [[], []]
  for (const { name, columns } of parents) {
    for (const column of columns) {
      for (const [setting, own] of settingsOf(column)) {
        const key = JSON.stringify([column.name, setting])
        const other = first.get(key) ?? own
        first.set(key, other)
        if (other === own) continue
        const set = `ALTER TABLE ONLY ${quoteQualified(name)} ALTER COLUMN ${quoteName(column.name)} SET ${setting}`
        before.push(`${set} ${other}`)
        after.push(`${set} ${own}`)
      }
    }
  }
  return { before, after }
}

/** A default compression is not passed on. */
function settingsOf({ storedAs, compression }: ColumnDetails): [string, string][] {
  return [
    ...(storedAs === undefined ? [] : [['STORAGE', storedAs.toUpperCase()] as [string, string]]),
    ...(compression === undefined || compression === 'default'
      ? []
      : [['COMPRESSION', compression] as [string, string]]),
  ]
}
