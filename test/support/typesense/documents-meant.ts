import type { Operation } from './fault.ts'
import { parseFilter } from './parse-filter.ts'
import type { ImportLine } from './read-import-lines.ts'

/** The ids of the documents that a request brings, or names for deletion. */
export function documentsMeant(
  operation: Operation | undefined,
  lines: readonly ImportLine[],
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
): string[] {
  if (operation === 'import') {
    return lines.map((line) => ('document' in line ? String(line.document.id ?? '') : ''))
  }
  if (operation !== 'delete') return []
  if (params.id !== undefined) return [params.id]
  try {
    const { field, values = [] } = parseFilter(query.get('filter_by') ?? '')
    return field === 'id' ? [...values] : []
  } catch {
    return []
  }
}
