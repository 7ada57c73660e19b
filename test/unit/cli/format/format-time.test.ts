import { expect, test } from 'vitest'
import { formatTime } from '../../../../src/cli/format/format-time.ts'

test('a moment is told in the local time zone, to the second', () => {
  expect(formatTime(new Date(2025, 0, 2, 3, 4, 5))).toBe('2025-01-02 03:04:05')
})
