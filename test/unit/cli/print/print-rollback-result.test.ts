import { expect, test } from 'vitest'
import { printRollbackResult } from '../../../../src/cli/commands/rollback.ts'
import { printed } from './printed-page.ts'

test('a rollback tells which run it undid', () => {
  const table = { schema: 'public', name: 'users' }
  const outcome = { table, inserted: 0, updated: 2, deleted: 1, unchanged: 0, durationMs: 10 }
  const result = {
    runId: 43,
    undoneRunId: 42,
    durationMs: 900,
    tables: [outcome],
    created: [],
    followed: [],
    sequencesSet: 0,
    warnings: [],
  }
  const text = printed((page) => printRollbackResult(result, page))
  expect(text).toContain('✔ Run 42 undone in 900ms: 3 rows changed in 1 of 1 table.')
  expect(text).toContain('  The rollback is run 43.')
})
