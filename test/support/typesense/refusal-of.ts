import { json, type Reply } from './call.ts'
import type { Fault, RefusalKind } from './fault.ts'

const REFUSALS: Readonly<Record<RefusalKind, readonly [number, string]>> = {
  'not-ready': [503, 'Not Ready or Lagging'],
  'no-leader': [500, 'Could not find a leader.'],
  'rate-limited': [429, 'Rate limit exceeded or blocked'],
  'out-of-memory': [422, 'Rejecting write: running out of resource type: OUT_OF_MEMORY'],
  'out-of-disk': [422, 'Rejecting write: running out of resource type: OUT_OF_DISK'],
  'update-in-progress': [422, 'Another collection update operation is in progress.'],
  'skipping-writes': [422, 'Skipping writes.'],
}

/** The answer of the first fault that refuses the whole request, if any does. */
export function refusalOf(faults: readonly Fault[]): Reply | undefined {
  for (const fault of faults) {
    if (fault.kind === 'answer') {
      const { status, body, contentType = 'text/html' } = fault
      return { status, body, contentType }
    }
    if (!isRefusal(fault)) continue
    const [status, message] = REFUSALS[fault.kind]
    const retryAfter = fault.retryAfter ?? (fault.kind === 'rate-limited' ? '1' : undefined)
    return { ...json({ message }, status), ...(retryAfter !== undefined && { retryAfter }) }
  }
  return undefined
}

function isRefusal(fault: Fault): fault is Extract<Fault, { readonly kind: RefusalKind }> {
  return Object.hasOwn(REFUSALS, fault.kind)
}
