import type { RunDetail } from '../../../../src/jobs/show-run.ts'
import type { StatusPage } from '../../../../src/jobs/status-page.ts'

/** A name that would do harm in a page that does not escape it. */
export const EVIL = `<script>alert('1')</script><img src="http://evil.example/x" onerror=alert(2)>&\u202e`

const ROWS = { inserted: 1200, updated: 30, deleted: 4, unchanged: 1_000_000 }

/** A run with everything that a page can tell. */
export const RUN: RunDetail = {
  id: 42,
  profile: EVIL,
  target: 'staging',
  mode: 'full',
  status: 'succeeded',
  state: 'ended',
  exitCode: 4,
  startedAt: new Date('2026-01-02T03:04:05Z'),
  finishedAt: new Date('2026-01-02T03:04:31Z'),
  ...ROWS,
  bytes: 123_456_789,
  error: EVIL,
  hint: EVIL,
  findings: [{ severity: 'error', subject: EVIL, message: EVIL, hint: EVIL }],
  backup: `/backups/${EVIL}`,
  isPartial: false,
  canRollBack: true,
  incomplete: [`1 search index not up to date: ${EVIL} (rejected)`],
  version: '1.2.3',
  source: EVIL,
  created: [],
  followed: [],
  sequencesSet: 3,
  undoneRunId: undefined,
  tables: [
    { table: { schema: 'public', name: EVIL }, mode: 'full', ...ROWS, bytes: 100, durationMs: 900 },
    {
      table: { schema: 'public', name: 'idle' },
      mode: 'incremental',
      ...ROWS,
      inserted: 0,
      updated: 0,
      deleted: 0,
      bytes: 0,
      durationMs: 1,
    },
  ],
  search: [
    {
      searchIndex: EVIL,
      mode: 'update',
      status: 'rejected',
      documents: 100,
      changed: 20,
      indexed: 19,
      rejected: 1,
      deleted: 0,
      durationMs: 700,
      whyInFull: 'its query calls now()',
      error: EVIL,
      hint: EVIL,
      findings: [{ severity: 'error', subject: EVIL, message: EVIL }],
    },
  ],
  warnings: [{ message: EVIL, hint: EVIL }],
  timeline: {
    phases: [
      { phase: 'land', from: 0, to: 10_000 },
      { phase: 'merge', from: 10_000, to: 20_000 },
      { phase: 'search', from: 20_000, to: 26_000 },
    ],
    spans: [
      { kind: 'copy', worker: 1, name: EVIL, part: 1, parts: 2, from: 0, to: 9000, rows: 10, bytes: 100 },
      {
        kind: 'copy',
        worker: 2,
        name: 'public.idle',
        part: 1,
        parts: 1,
        from: 0,
        to: 5000,
        rows: 10,
        bytes: 0,
      },
      {
        kind: 'compare',
        worker: 1,
        name: EVIL,
        part: 1,
        parts: 1,
        from: 10_000,
        to: 12_000,
        rows: 10,
        bytes: 0,
      },
      { kind: 'write', worker: 1, name: '', part: 1, parts: 1, from: 12_000, to: 20_000, rows: 0, bytes: 0 },
      {
        kind: 'index',
        worker: 1,
        name: EVIL,
        part: 1,
        parts: 1,
        from: 20_000,
        to: 26_000,
        rows: 20,
        bytes: 0,
      },
    ],
    samples: [
      ...Array.from({ length: 12 }, (_, index) => ({
        at: 500 * (index + 1),
        bytes: 5_000_000 * (index + 1),
        documents: 0,
      })),
      { at: 9000, bytes: 123_456_789, documents: 0 },
      { at: 26_000, bytes: 123_456_789, documents: 20 },
    ],
  },
}

/** A page of that run and those before it. */
export const PAGE: StatusPage = {
  target: 'staging',
  profile: EVIL,
  run: RUN,
  runs: [
    RUN,
    { ...RUN, id: 41, status: 'failed', exitCode: 1 },
    { ...RUN, id: 40, status: 'running', exitCode: undefined, finishedAt: undefined },
  ],
  masked: [{ table: { schema: 'public', name: EVIL }, columns: [EVIL, 'email'] }],
  readAt: new Date('2026-01-02T04:00:00Z'),
}
