import { expect, test } from 'vitest'
import { formatDuration, formatTimeLeft } from '../../../../src/cli/format/format-duration.ts'

test.each([
  [0, '0ms'],
  [480.4, '480ms'],
  [999.6, '1.0s'],
  [22_140, '22.1s'],
  [59_960, '1m 00s'],
  [62_000, '1m 02s'],
  [7_380_000, '2h 03m'],
])('%d milliseconds are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0s'],
  [0.2, '1s'],
  [59.5, '1m 00s'],
  [3725, '1h 02m'],
])('%d seconds left are %s', (seconds, text) => {
  expect(formatTimeLeft(seconds)).toBe(text)
})
