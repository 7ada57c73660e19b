/** A duration as a person reads it: `480ms`, `22.1s`, `1m 02s`, `2h 03m`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`
  return formatMinutes(Math.round(ms / 1000))
}

/** The time that is left, in whole seconds rounded up: `31s`, `1m 02s`, `2h 03m`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.ceil(seconds)
  return whole < 60 ? `${whole}s` : formatMinutes(whole)
}

function formatMinutes(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`
}

/** `7` as `07`. */
export function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
