import type { Command } from 'commander'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { expectWith } from './arguments.ts'
import { planRequest } from './plan-request.ts'
import { RUN_STATUSES } from './statuses.ts'
import { addSyncArguments, type SyncFlags, syncRequest } from './sync.ts'

const TEXT = {
  name: 'full-sync',
  summary: 'sync by reading every row',
  description:
    'Like `sync`, but reads every row of every table, whatever earlier runs have copied, and resets ' +
    'the basis of later incremental runs.',
  examples: [
    ['mbsync full-sync prod-to-staging', 'read everything'],
    ["mbsync full-sync --table 'public.order*'", 'only some tables'],
  ],
  statuses: RUN_STATUSES,
} as const

/** Adds `mbsync full-sync [profile]`. */
export function addFullSyncCommand(program: Command, runJob: RunJob): void {
  addSyncArguments(addCommand(program, TEXT)).action(
    async (name: string | undefined, _: SyncFlags, command: Command) => {
      expectWith(command, 'dryRun', ['count'])
      const flags = { ...command.optsWithGlobals<SyncFlags>(), isFull: true }
      return flags.dryRun
        ? runJob(planRequest(name, flags, 'mbsync full-sync'))
        : runJob(syncRequest('full-sync', name, flags))
    },
  )
}
