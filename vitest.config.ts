import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** What is waited for comes at once, but not on a busy machine. */
const WAIT_LONG = { poll: { timeout: 30_000 } }

const SRC = join(import.meta.dirname, 'src/')
const BUILT = join(import.meta.dirname, 'dist/')

/**
 * `npm test` has just built what it tests. Node.js loads that as it is, while Vite would transform a thousand files, for each project, and each
 * call between them would cost more.
 */
const fromBuild: Plugin = {
  name: 'from-build',
  enforce: 'pre',
  resolveId: (source, importer) => {
    if (importer === undefined || !source.startsWith('.')) return null
    const path = resolve(dirname(importer), source)
    return path.startsWith(SRC) ? path.replace(SRC, BUILT).replace(/\.ts$/, '.js') : null
  },
}

const common = process.env.npm_lifecycle_event?.startsWith('test')
  ? { plugins: [fromBuild], server: { deps: { external: [/\/dist\//] } } }
  : { plugins: [], server: {} }

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: common.plugins,
        test: {
          name: 'unit',
          server: common.server,
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
        plugins: common.plugins,
        test: {
          name: 'databases',
          server: common.server,
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
