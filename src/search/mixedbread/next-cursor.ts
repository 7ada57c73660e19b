import { BrokenReplyError } from './explain-failure.ts'

/** Where the page after one begins, undefined after the last; refuses a page that leads nowhere, or to itself without end. */
export function nextCursor(
  pagination: { readonly has_more?: unknown; readonly last_cursor?: unknown } | null | undefined,
  after: string | undefined,
): string | undefined {
  if (typeof pagination?.has_more !== 'boolean') throw new BrokenReplyError()
  if (!pagination.has_more) return undefined
  const { last_cursor } = pagination
  if (typeof last_cursor !== 'string' || last_cursor === after) throw new BrokenReplyError()
  return last_cursor
}
