/** The milliseconds of a day. */
export const DAY_MS = 86_400_000
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS }

/** What a duration looks like, for messages. */
export function durationForm(mostDays = 1): string {
  return `must be a duration such as 500ms, 30s, 5m, 2h or 1d, from 1ms to ${mostDays}d`
}

/**
 * Parses a duration such as `500ms`, `30s`, `5m`, `2h`, `1d` or `1h30m` to milliseconds. Returns undefined for anything
 * else, and for zero, which PostgreSQL would take as no limit at all.
 */
export function parseDuration(text: string, mostDays = 1): number | undefined {
  if (!/^(\d{1,9}(ms|[smhd]))+$/.test(text)) return undefined
  let durationMs = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhd])/g))
    durationMs += Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  return durationMs >= 1 && durationMs <= mostDays * DAY_MS ? durationMs : undefined
}
