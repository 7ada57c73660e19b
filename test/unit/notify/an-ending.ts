import type { Ending } from '../../../src/notify/ending.ts'

/** A run that did all it was for. */
export const ENDING: Ending = {
  command: 'sync',
  profile: 'prod-to-staging',
  isPartial: false,
  host: 'vps',
  runId: 42,
  startedAt: new Date(1_000_000),
  finishedAt: new Date(1_026_500),
  status: 'done',
  exitCode: 0,
  message: 'done',
  hint: undefined,
  findings: [],
  warnings: [],
  figures: {
    rows: { inserted: 1200, updated: 3, deleted: 0, unchanged: 5 },
    bytes: 99,
    search: [{ searchIndex: 'products', status: 'rejected', indexed: 7, rejected: 2, deleted: 1 }],
  },
}

/** The same, refused by validation. */
export const REFUSED: Ending = {
  ...ENDING,
  runId: undefined,
  status: 'refused',
  exitCode: 3,
  message: 'Validation found 1 problem; nothing has changed',
  hint: 'Correct it.',
  findings: [{ severity: 'error', subject: 'public.<users> & co', message: 'is missing', hint: 'Add it.' }],
  warnings: [{ message: '@everyone look' }],
  figures: {},
}
