import { twoDigits } from './format-duration.ts'

/** A moment in the local time zone, to the second: `2025-11-21 02:43:12`. */
export function formatTime(time: Date): string {
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()]
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
  return `${date.map(twoDigits).join('-')} ${clock.map(twoDigits).join(':')}`
}
