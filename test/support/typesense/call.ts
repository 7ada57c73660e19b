import { ApiError, notFound } from './api-error.ts'
import type { Collection, Document } from './collection.ts'
import type { Fault } from './fault.ts'
import type { ImportLine } from './read-import-lines.ts'
import { findCollection, type Store } from './store.ts'

/** A request that is to be handled. */
export interface Call {
  readonly store: Store
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Buffer
  /** The documents of an import; of an instant server, none. */
  readonly lines: readonly ImportLine[]
  readonly faults: readonly Fault[]
  /** The key that was sent. */
  readonly key: string
  sleep(ms: number): Promise<void>
}

/** What a request is answered with. */
export interface Reply {
  readonly status: number
  readonly body: string | Iterable<string>
  readonly contentType: string
  readonly retryAfter?: string
}

/** Answers with JSON. */
export function json(body: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(body), contentType: 'application/json; charset=utf-8' }
}

/** Answers with lines. */
export function text(body: string | Iterable<string>): Reply {
  return { status: 200, body, contentType: 'text/plain; charset=utf-8' }
}

/** A part of the path by its name. */
export function param({ params }: Call, name: string): string {
  return params[name] ?? ''
}

/** The collection that the path names, by itself or through an alias. */
export function collectionOf(call: Call): Collection {
  const collection = findCollection(call.store, param(call, 'collection'))
  if (collection === undefined) throw notFound()
  return collection
}

/** The body, which must be a JSON object. */
export function jsonBody({ body }: Call): Document {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Document
  } catch {}
  throw new ApiError(400, 'Bad JSON.')
}

/** The value of a query parameter; an empty one is none. */
export function queryValue({ query }: Call, name: string): string | undefined {
  return query.get(name) || undefined
}
