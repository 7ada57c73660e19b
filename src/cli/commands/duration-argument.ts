import { InvalidArgumentError } from 'commander'
import { DAY_MS, durationForm, parseDuration } from '../../config/read/parse-duration.ts'

/** How the durations of a flag differ from others. */
export interface DurationRule {
  /** The unit of a number without one; such numbers are refused unless it is given. */
  readonly bareUnit?: 's' | 'd'
  readonly mostDays?: number
}

/**
 * Parses the duration that a flag is given to milliseconds.
 * @throws InvalidArgumentError
 */
export function parseDurationFlag(text: string, { bareUnit, mostDays }: DurationRule = {}): number {
  if (text === '0' && bareUnit === 's') return 0
  const isBare = bareUnit !== undefined && /^\d+$/.test(text)
  const durationMs = parseDuration(isBare ? `${text}${bareUnit}` : text, mostDays)
  if (durationMs !== undefined) return durationMs
  throw new InvalidArgumentError(`It ${durationForm(mostDays)}.`)
}

/** The same in days. */
export function parseDaysFlag(text: string, mostDays: number): number {
  return parseDurationFlag(text, { bareUnit: 'd', mostDays }) / DAY_MS
}
