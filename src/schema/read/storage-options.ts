import type { StorageOption } from '../table-details.ts'

/** Options as a catalog has them (`name=value`). */
export function storageOptions(texts: readonly string[] | null, prefix = ''): readonly StorageOption[] {
  if (texts === null) return NONE
  return texts.map((text) => {
    const end = text.indexOf('=')
    return { name: prefix + text.slice(0, end), value: text.slice(end + 1) }
  })
}

const NONE: readonly StorageOption[] = []
