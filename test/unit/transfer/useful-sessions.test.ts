import { expect, test } from 'vitest'
import { usefulSessions } from '../../../src/transfer/source/useful-sessions.ts'

const MB = 1024 * 1024

test.each([
  ['no table', 1, []],
  ['a dozen small tables', 1, Array.from({ length: 12 }, () => 8192)],
  ['one more', 2, Array.from({ length: 13 }, () => 8192)],
  ['hundreds of small tables', 4, Array.from({ length: 300 }, () => 0)],
  ['tables that are small together', 1, [MB / 4, MB / 4, MB / 4]],
  ['one table that is not split', 1, [20 * MB]],
  ['two of them', 2, [20 * MB, 2 * MB]],
  ['a table that is split', 4, [1000 * MB]],
] as const)('%s: %i of four sessions', (_, sessions, sizes) => {
  expect(usefulSessions(sizes, 4)).toBe(sessions)
})
