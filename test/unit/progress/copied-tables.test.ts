import { expect, test } from 'vitest'
import { CopiedTables } from '../../../src/progress/copied-tables.ts'

test('a table has landed with the last of its parts', () => {
  const table = { schema: 'public', name: 'users' }
  const started = { type: 'part-started', table, parts: 2, estimatedBytes: 1 } as const
  const finished = {
    type: 'part-finished',
    table,
    parts: 2,
    estimatedBytes: 1,
    rows: 10,
    bytes: 100,
  } as const
  const landed = new CopiedTables()
  expect(landed.observe({ ...started, part: 1 }, 1000)).toBeUndefined()
  expect(landed.observe({ ...started, part: 2 }, 1500)).toBeUndefined()
  expect(landed.observe({ ...finished, part: 2 }, 2000)).toBeUndefined()
  expect(landed.observe({ ...finished, part: 1 }, 4000)).toStrictEqual({
    table,
    rows: 20,
    bytes: 200,
    durationMs: 3000,
  })
})
