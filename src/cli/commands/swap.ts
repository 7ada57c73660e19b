import type { Command } from 'commander'
import { isUpToDate } from '../../indexing/is-up-to-date.ts'
import type { RetryResult } from '../../jobs/retry-swap.ts'
import type { SharedFlags } from '../common-flags.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import { previousLine } from '../print/previous-line.ts'
import { printSearch } from '../print/print-search.ts'
import { warningLines } from '../print/warning-lines.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { addLockWait, PROFILE_DESCRIPTION } from './arguments.ts'
import { RUN_STATUSES } from './statuses.ts'

const TEXT = {
  name: 'swap',
  summary: 'switch to the database that an earlier run has built',
  description:
    'With `strategy: swap`, a run whose switch fails because sessions of the target do not end keeps the new ' +
    'database. This command switches to it, without reading the source again.',
  examples: [['mbsync swap prod-to-staging --retry', 'end the sessions of the target, and switch']],
  statuses: RUN_STATUSES,
} as const

const PRESENTATION: Presentation<RetryResult> = {
  audience: 'person',
  print: printRetryResult,
  toJson: (result) => result,
  logMessage: 'switched',
  warningsOf: ({ warnings }) => warnings,
  statusOf: ({ search }) => (isUpToDate(search) ? 'done' : 'incomplete'),
}

/** Adds `mbsync swap [profile] --retry`. */
export function addSwapCommand(program: Command, runJob: RunJob): void {
  addLockWait(addCommand(program, TEXT))
    .argument('[profile]', PROFILE_DESCRIPTION)
    .requiredOption('--retry', 'try the switch of the last run again')
    .action(async (name: string | undefined, _: SharedFlags, command: Command) => {
      const flags = command.optsWithGlobals<SharedFlags>()
      return runJob({
        flags,
        job: async ({ profile, context }) => {
          const { retrySwap } = await import('../../jobs/retry-swap.ts')
          return retrySwap(profile(name), context)
        },
        presentation: PRESENTATION,
        notified: { command: 'swap', profile: name },
      })
    })
}

/** Prints that the target is the database now that a run has built. */
function printRetryResult({ runId, previousDatabase, search, warnings }: RetryResult, page: Page): void {
  const { paint } = page
  page.prose(`${paint.green('✔')} ${paint.bold(`Switched to the database that run ${runId} has built`)}.`)
  if (previousDatabase !== undefined) page.prose(paint.dim(previousLine(printable(previousDatabase))))
  printSearch(search, page)
  for (const warning of warnings) for (const line of warningLines(warning, paint)) page.prose(line)
}
