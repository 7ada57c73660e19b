const SECOND = 1000
const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60 * SECOND),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3600 * SECOND),
]

/** Round moments of a length of time, from 0 on: at most seven. */
export function roundTicks(lengthMs: number): number[] {
  const step = STEPS_MS.find((each) => lengthMs / each <= 6) ?? Math.ceil(lengthMs / 6)
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step)
}

/** A round moment without its noughts: `0`, `200ms`, `5s`, `2m`, `1h 30m`. */
export function formatTick(ms: number): string {
  if (ms === 0) return '0'
  if (ms < SECOND) return `${ms}ms`
  const seconds = Math.round(ms / SECOND)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ]
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join(' ')
}
