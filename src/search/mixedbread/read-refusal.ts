import { redact } from './redact.ts'

/** What a reply of Mixedbread has against a request, without what it repeats of the secrets; undefined if it says nothing. */
export function readRefusal(body: unknown, secrets: readonly string[]): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const said = 'detail' in body ? readDetail(body.detail) : 'message' in body ? body.message : undefined
  return typeof said === 'string' && said !== '' ? redact(said, secrets) : undefined
}

function readDetail(detail: unknown): unknown {
  if (!Array.isArray(detail)) return detail
  return detail.map(readIssue).join('; ')
}

/** Only where and what: `input` and `ctx` of an issue hold what was sent. */
function readIssue(issue: { readonly loc?: unknown; readonly msg?: unknown } | null): string {
  const where = Array.isArray(issue?.loc) ? issue.loc.filter((part) => part !== 'body').join('.') : ''
  return [where, String(issue?.msg ?? 'is not valid')].filter((part) => part !== '').join(': ')
}
