import { expect, test } from 'vitest'
import { searchWarnings } from '../../../../src/cli/print/print-search.ts'
import type { SearchOutcome } from '../../../../src/indexing/index-documents.ts'

const outcome: SearchOutcome = {
  searchIndex: 'semantic',
  type: 'mixedbread',
  status: 'stopped',
  mode: 'update',
  documents: 0,
  changed: 0,
  indexed: 0,
  rejected: 0,
  deleted: 0,
  durationMs: 12,
  whyInFull: undefined,
  hint: undefined,
  error: 'semantic: the search index cannot take the documents; nothing was sent',
  findings: [
    { severity: 'error', subject: 'store docs', message: 'does not exist', hint: 'Check its name.' },
  ],
}

test('an index that was stopped is warned of with every reason, which a quiet log has nowhere else', () => {
  expect(searchWarnings([outcome])).toEqual([
    { message: 'semantic: the search index cannot take the documents; nothing was sent' },
    { message: 'store docs: does not exist', hint: 'Check its name.' },
  ])
})

test('an index that is up to date is not warned of', () => {
  expect(searchWarnings([{ ...outcome, status: 'done' }])).toEqual([])
})
