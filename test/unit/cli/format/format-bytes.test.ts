import { expect, test } from 'vitest'
import { formatBytes } from '../../../../src/cli/format/format-bytes.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [54_321_000, '54.3 MB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [1_234_567_890, '1.2 GB'],
  [5e18, '5000.0 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})
