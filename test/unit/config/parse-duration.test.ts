import { expect, test } from 'vitest'
import { parseDuration } from '../../../src/config/read/parse-duration.ts'

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['1d', 86_400_000],
  ['1h30m', 5_400_000],
])('%s is %d ms', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs)
})

test.each([
  '',
  '10',
  's',
  '10 s',
  '-1s',
  '1.5s',
  '1h 30m',
  '1hm',
  '10S',
  '0s',
  '25h',
  '1d1ms',
  '99999999999h',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('a longer range than a day is asked for', () => {
  expect(parseDuration('26h', 2)).toBe(93_600_000)
  expect(parseDuration('3d', 2)).toBeUndefined()
})
