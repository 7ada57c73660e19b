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
