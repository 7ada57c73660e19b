const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const LONGEST_MS = 24 * UNIT_MS.h

/** What a duration looks like, for messages. */
export const DURATION_FORM = 'must be a duration such as 500ms, 10s, 5m or 1h, from 1ms to 24h'

/**
 * Parses a duration such as `500ms`, `10s`, `5m` or `1h` to milliseconds. Returns undefined for anything else,
 * and for zero, which PostgreSQL would take as no limit at all.
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? []
  if (count === undefined || unit === undefined) return undefined
  const durationMs = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  return durationMs >= 1 && durationMs <= LONGEST_MS ? durationMs : undefined
}
