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

const KEYS_WITHOUT_SECRETS = new Set([
  'scope',
  'tenant_id',
  'entity_type',
  'db_id',
  'content_hash',
  'managed_by',
])

/** The texts of metadata that no message may repeat: all but those that mbsync itself makes. */
export function secretsOf(metadata: unknown): string[] {
  if (typeof metadata === 'string') return [metadata]
  if (typeof metadata === 'number') return [String(metadata)]
  if (typeof metadata !== 'object' || metadata === null) return []
  return Object.entries(metadata).flatMap(([key, value]) =>
    KEYS_WITHOUT_SECRETS.has(key) ? [] : secretsOf(value),
  )
}

const LONGEST_MESSAGE = 300
const LONGEST_COINCIDENCE = 12

/**
 * What a server said, fit for a log: on one line, cut to length, without anything in quotes, and without what it repeats of the secrets.
 */
export function redact(message: string, secrets: readonly string[]): string {
  const line = message.replaceAll(/[\s\p{Control}]+/gu, ' ').trim()
  const known = secrets.filter((secret) => secret.trim().length > 2).toSorted((a, b) => b.length - a.length)
  const withoutWhole = known.reduce((text, secret) => text.replaceAll(secret, '…'), line)
  const withoutQuoted = withoutWhole.replaceAll(/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g, '…')
  const short = withoutQuoted.slice(0, LONGEST_MESSAGE)
  return maskShared(short, known).replaceAll(/…[…\s]*…/g, '…')
}

/** Masks every run of characters that is long enough to come from a secret. */
function maskShared(message: string, secrets: readonly string[]): string {
  const flat = secrets.map((secret) => secret.replaceAll(/\s+/g, ' '))
  const isShared = new Set<number>()
  for (let start = 0; start + LONGEST_COINCIDENCE <= message.length; start += 1) {
    const run = message.slice(start, start + LONGEST_COINCIDENCE)
    if (!flat.some((secret) => secret.includes(run))) continue
    for (let index = start; index < start + LONGEST_COINCIDENCE; index += 1) isShared.add(index)
  }
  return Array.from({ length: message.length }, (_, index) =>
    isShared.has(index) ? '…' : message[index],
  ).join('')
}
