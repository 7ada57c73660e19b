import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** What is waited for comes at once, but not on a busy machine. */
const WAIT_LONG = { poll: { timeout: 30_000 } }

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          sequence: { groupOrder: 0 },
          // Modules are loaded once for all files, and none remembers anything that another test could stumble over.
          isolate: false,
          // Vitest would leave one core to itself, and has nothing to do meanwhile.
          maxWorkers: availableParallelism(),
          // None is slow, but machines may be.
          testTimeout: 300_000,
          expect: WAIT_LONG,
        },
      },
      {
        test: {
          name: 'databases',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/security/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          sequence: { groupOrder: 1 },
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: WAIT_LONG,
          // Each test has databases of its own on two servers that all share; it waits for them, and for time to pass, half of the time.
          maxWorkers: Math.max(4, availableParallelism() - 1),
        },
      },
    ],
  },
})
