import type { Command } from 'commander'
import { printInitResult } from '../print/print-init-result.ts'
import type { RunJob } from '../run-job.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { addCommand } from './add-command.ts'

interface InitFlags extends SharedFlags {
  readonly force?: boolean
}

const TEXT = {
  name: 'init',
  summary: 'write a first mbsync.yaml',
  description: 'Writes a first mbsync.yaml into the current folder, and tells which variables it needs.',
  examples: [
    ['mbsync init', 'write mbsync.yaml'],
    ['mbsync init --force', 'replace the one that is there'],
  ],
  statuses: ['done', 'failed', 'usage'],
} as const

/** Adds `mbsync init`. */
export function addInitCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .option('--force', 'replace a configuration that is there')
    .action(async (_: InitFlags, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>()
      return runJob({
        flags,
        job: async ({ cwd }) => {
          const { initConfig } = await import('../../jobs/init.ts')
          return initConfig({ cwd, force: flags.force === true })
        },
        presentation: { audience: 'anyone', print: printInitResult, toJson: (result) => result },
      })
    })
}
