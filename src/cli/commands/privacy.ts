import type { Command } from 'commander'
import type { PrivacyReport } from '../../jobs/privacy.ts'
import type { SharedFlags } from '../common-flags.ts'
import { privacyToJson } from '../json/privacy-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { printPrivacy } from '../print/print-privacy.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import {
  excludeOption,
  PROFILE_DESCRIPTION,
  type SelectionFlags,
  selectionOptions,
  tableOption,
} from './arguments.ts'

interface PrivacyFlags extends SharedFlags, SelectionFlags {
  readonly write?: boolean
}

const TEXT = {
  name: 'privacy',
  summary: 'find personal data that leaves production unmasked',
  description:
    'Lists the columns that look personal by their names, types and values, and that the profile neither masks nor accepts, ' +
    'with a mask for each. Values are matched in the source: only counts leave it. Changes nothing in a database.',
  examples: [
    ['mbsync privacy prod-to-staging', 'what is not masked yet'],
    ['mbsync privacy prod-to-staging --write', 'write the suggested masks into mbsync.yaml'],
    ['mbsync privacy --json', 'the same for a program'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'different', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<PrivacyReport> = {
  audience: 'anyone',
  print: printPrivacy,
  toJson: privacyToJson,
  statusOf: ({ findings, written = 0 }) => (findings.length > written ? 'different' : 'done'),
}

/** Adds `mbsync privacy [profile]`. */
export function addPrivacyCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(tableOption())
    .addOption(excludeOption())
    .option('--write', 'write the suggested masks into the configuration file')
    .action(async (name: string | undefined, _: PrivacyFlags, command: Command) => {
      const flags = command.optsWithGlobals<PrivacyFlags>()
      return runJob({
        flags,
        job: async ({ config, profile, context }) => {
          const { findPrivate } = await import('../../jobs/privacy.ts')
          const chosen = profile(name)
          const report = await findPrivate(chosen, selectionOptions(flags), context)
          if (flags.write !== true || report.findings.length === 0) return report
          const { writeMasks } = await import('../../jobs/write-masks.ts')
          await writeMasks(config().path, chosen.name, report.findings)
          return { ...report, written: report.findings.length }
        },
        presentation: PRESENTATION,
      })
    })
}
