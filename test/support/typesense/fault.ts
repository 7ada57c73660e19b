import type { Document } from './collection.ts'

/** What a request does, for faults to select it by. */
export type Operation =
  | 'import'
  | 'delete'
  | 'export'
  | 'search'
  | 'document'
  | 'collection'
  | 'alias'
  | 'rules'
  | 'keys'
  | 'health'

/** A refusal that applies nothing. */
export type RefusalKind =
  | 'not-ready'
  | 'no-leader'
  | 'rate-limited'
  | 'out-of-memory'
  | 'out-of-disk'
  | 'update-in-progress'
  | 'skipping-writes'

/** What goes wrong with a request. */
type FaultEffect =
  /** The whole request is refused; Retry-After is sent as it is given, in seconds or as a date. */
  | { readonly kind: RefusalKind; readonly retryAfter?: string }
  /** Any other answer, such as the page of a proxy; nothing is applied. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly contentType?: string }
  | { readonly kind: 'reset-before' | 'reset-after' | 'reset-mid-reply' }
  /** An import's reply lacks its last lines; their documents are applied as well, or not. */
  | { readonly kind: 'short-reply'; readonly missing: number; readonly isWhollyApplied: boolean }
  /** An import's reply has stray newlines; one at the end by default. */
  | {
      readonly kind: 'padded-reply'
      readonly start?: string
      readonly between?: string
      readonly end?: string
    }
  /** The request is applied late, even if the client has given up on it; or at once, and answered late. */
  | { readonly kind: 'slow'; readonly delayMs: number; readonly isAppliedFirst?: boolean }
  /** Documents for which a message is given are refused with it. */
  | { readonly kind: 'reject'; readonly rejects: (document: Document) => string | undefined }
  /** Writes are accepted, but reads show them only later. */
  | { readonly kind: 'lag'; readonly lagMs: number }
  /** GET /collections/:collection tells a wrong number, as it does while a server's log replays. */
  | { readonly kind: 'wrong-count'; readonly offBy: number }
  /** A line of a 200 export is an error in place of a document. */
  | { readonly kind: 'error-line'; readonly afterLines: number; readonly line?: string }

/** An effect on the requests of an operation: on all but those of health if none is given. */
export type Fault = FaultEffect & { readonly on?: Operation | 'any' }

/** Whether a fault selects requests of an operation. */
export function selects({ on = 'any' }: Fault, operation: Operation): boolean {
  return on === operation || (on === 'any' && operation !== 'health')
}

/** The first of the faults that is of a kind. */
export function pick<K extends Fault['kind']>(
  faults: readonly Fault[],
  kind: K,
): Extract<Fault, { readonly kind: K }> | undefined {
  return faults.find((fault): fault is Extract<Fault, { readonly kind: K }> => fault.kind === kind)
}
