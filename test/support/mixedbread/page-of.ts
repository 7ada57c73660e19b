import type { Issue } from './reply.ts'

/** What can stand in a list: its place never changes and is never given twice. */
export interface Placed {
  readonly place: number
}

/** Whether lists begin with what came last. */
export type ListOrder = 'newest-first' | 'oldest-first'

/** What part of a list is asked for. */
export interface PageRequest {
  readonly limit?: unknown
  readonly after?: unknown
  readonly before?: unknown
  readonly include_total?: unknown
}

/** One page, with cursors to go on from either end. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly pagination: {
    readonly has_more: boolean
    readonly first_cursor: string | null
    readonly last_cursor: string | null
    readonly total: number | null
  }
}

/** The page asked for: a cursor is a place, so that it holds even when the item it came from is gone. */
export function pageOf<Item extends Placed>(
  items: readonly Item[],
  request: PageRequest,
  order: ListOrder,
): Page<Item> {
  const rank = (place: number) => (order === 'newest-first' ? -place : place)
  const sorted = items.toSorted((a, b) => rank(a.place) - rank(b.place))
  const after = placeOf(request.after)
  const before = placeOf(request.before)
  const limit = Number(request.limit ?? 20)
  const rest = sorted.filter(
    ({ place }) =>
      (after === undefined || rank(place) > rank(after)) &&
      (before === undefined || rank(place) < rank(before)),
  )
  const page = before === undefined ? rest.slice(0, limit) : rest.slice(-limit)
  return {
    items: page,
    pagination: {
      has_more: rest.length > page.length,
      first_cursor: cursorOf(page[0]),
      last_cursor: cursorOf(page.at(-1)),
      total: String(request.include_total) === 'true' ? items.length : null,
    },
  }
}

/** What is wrong with a request for a page; limits are numbers in a body and texts in a query. */
export function findPageIssues(request: PageRequest, where: 'body' | 'query'): Issue[] {
  const issues: Issue[] = []
  const limit = Number(request.limit ?? 20)
  if (!Number.isInteger(limit) || limit < 1) {
    issues.push({
      loc: [where, 'limit'],
      msg: 'Input should be greater than or equal to 1',
      type: 'greater_than_equal',
    })
  } else if (limit > 100) {
    issues.push({
      loc: [where, 'limit'],
      msg: 'Input should be less than or equal to 100',
      type: 'less_than_equal',
    })
  }
  for (const name of ['after', 'before'] as const) {
    const cursor = request[name]
    if (isGiven(cursor) && placeOf(cursor) === undefined) {
      issues.push({ loc: [where, name], msg: 'Value error, Invalid cursor', type: 'value_error' })
    }
  }
  if (isGiven(request.after) && isGiven(request.before)) {
    issues.push({ loc: [where], msg: 'Value error, Use either after or before', type: 'value_error' })
  }
  return issues
}

const isGiven = (cursor: unknown) => cursor !== undefined && cursor !== null

function cursorOf(item: Placed | undefined): string | null {
  return item === undefined ? null : Buffer.from(`place:${item.place}`).toString('base64url')
}

function placeOf(cursor: unknown): number | undefined {
  if (typeof cursor !== 'string') return undefined
  const place = /^place:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]
  return place === undefined ? undefined : Number(place)
}
