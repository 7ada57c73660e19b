import type { StorageOption } from '../table-details.ts'

/** Options as a catalog has them (`name=value`). */
export function storageOptions(texts: readonly string[] | null, prefix = ''): StorageOption[] {
  return (texts ?? []).map((text) => {
    const end = text.indexOf('=')
    return { name: prefix + text.slice(0, end), value: text.slice(end + 1) }
  })
}
