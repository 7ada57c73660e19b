import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
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
  readonly html?: string
}

const TEXT = {
  name: 'privacy',
  summary: 'find personal data that leaves production unmasked',
  description:
    'Lists columns that look personal by their names, types and values, and that the profile neither masks nor accepts, ' +
    'with a mask for each. The source matches the values; only counts leave it. Changes nothing in a database.',
  examples: [
    ['mbsync privacy prod-to-staging', 'what is not masked yet'],
    ['mbsync privacy prod-to-staging --write', 'write the suggested masks into mbsync.yaml'],
    ['mbsync privacy --html privacy.html', 'a one-page report for an auditor'],
    ['mbsync privacy --json', 'as JSON, for a program'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'different', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<PrivacyReport> = {
  audience: 'anyone',
  print: printPrivacy,
  toJson: privacyToJson,
  statusOf: ({ findings, written = 0 }) => (findings.length > written ? 'different' : 'done'),
  isGoodNews: ({ findings }) => findings.length === 0,
}

/** Adds `mbsync privacy [profile]`. */
export function addPrivacyCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(tableOption())
    .addOption(excludeOption())
    .option('--write', 'write the suggested masks into the configuration file')
    .addOption(
      new Option('--html <file>', 'write a one-page report, without values of rows, to this file').conflicts(
        'write',
      ),
    )
    .action(async (name: string | undefined, _: PrivacyFlags, command: Command) => {
      const flags = command.optsWithGlobals<PrivacyFlags>()
      return runJob({
        flags,
        job: async ({ config, cwd, profile, context }) => {
          const { findPrivate, writePrivacyPage } = await import('../../jobs/privacy.ts')
          const chosen = profile(name)
          const report = await findPrivate(chosen, selectionOptions(flags), context)
          if (flags.write === true) return write(config().path, report)
          if (flags.html === undefined) return report
          const { renderPrivacy } = await import('../html/render-privacy.ts')
          return writePrivacyPage(report, resolve(cwd, flags.html), renderPrivacy)
        },
        presentation: PRESENTATION,
      })
    })
}

/** Adds the suggested masks to the configuration file. */
async function write(path: string | undefined, report: PrivacyReport): Promise<PrivacyReport> {
  if (report.findings.length === 0) return report
  const { writeMasks } = await import('../../jobs/write-masks.ts')
  return { ...report, written: await writeMasks(path, report.profile, report.findings) }
}
