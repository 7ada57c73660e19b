import { expect, test } from 'vitest'
import { SEARCH_RESULT } from '../../../src/cli/commands/search-presentations.ts'
import { runIncomplete } from '../../../src/cli/run-figures.ts'
import type { SearchOutcome } from '../../../src/indexing/index-documents.ts'

const outcome: SearchOutcome = {
  searchIndex: 'products',
  type: 'typesense',
  status: 'rejected',
  mode: 'update',
  documents: 9,
  changed: 9,
  indexed: 8,
  rejected: 1,
  deleted: 0,
  durationMs: 12,
  whyInFull: undefined,
  hint: undefined,
  error: undefined,
  findings: [],
}
const skipped = [{ table: { schema: 'public', name: 'users' }, reason: 'is missing in the target' }]

test('a run that left something undone says which tables and search indexes', () => {
  expect(runIncomplete({ skipped, search: [outcome] })?.message).toBe(
    'database done, but incomplete: 1 table was left as it was: public.users; 1 search index not up to date: products (rejected)',
  )
  expect(runIncomplete({ skipped: [], search: [{ ...outcome, status: 'done' }] })).toBeUndefined()
})

test('a run that was for search indexes alone says nothing of the database', () => {
  const result = { runId: 1, profile: 'p', durationMs: 1, search: [outcome] }
  expect(SEARCH_RESULT.incompleteOf?.(result)?.message).toBe(
    '1 search index not up to date: products (rejected)',
  )
})
