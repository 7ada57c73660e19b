import { type Command, InvalidArgumentError } from 'commander'
import { verifyResultToJson } from '../../api/json/verify-result-to-json.ts'
import { verifyStatus } from '../../api/verify-status.ts'
import type { VerifyResult } from '../../jobs/verify.ts'
import type { SharedFlags } from '../common-flags.ts'
import type { Presentation } from '../presentation.ts'
import { printVerifyResult } from '../print/print-verify-result.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import {
  addSelection,
  addSides,
  notifiedAs,
  PROFILE_DESCRIPTION,
  parseCount,
  type SelectionFlags,
  type SidesFlags,
  selectionOptions,
} from './arguments.ts'

interface VerifyFlags extends SharedFlags, SelectionFlags, SidesFlags {
  readonly jobs?: number
  readonly skipDrift?: boolean
  readonly sample: number
  readonly limit: number
}

const MOST_NAMED = 10_000

const TEXT = {
  name: 'verify',
  summary: 'compare both sides, row by row',
  description:
    'Compares the tables of a profile on both sides, each under one snapshot, by row counts and checksums of rows. ' +
    'Prints the keys of rows that differ, never other values. Changes nothing.',
  examples: [
    ['mbsync verify prod-to-staging', 'every row'],
    ["mbsync verify --table 'public.order*' --limit 100", 'some tables, with up to 100 keys of each'],
    ['mbsync verify --sample 1', 'one row in a hundred, the same on both sides'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'incomplete', 'different', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<VerifyResult> = {
  audience: 'anyone',
  print: printVerifyResult,
  toJson: verifyResultToJson,
  logMessage: 'verify finished',
  statusOf: verifyStatus,
  isGoodNews: (result) => verifyStatus(result) === 'done',
}

/** Adds `mbsync verify [profile]`. */
export function addVerifyCommand(program: Command, runJob: RunJob): void {
  addSelection(
    addSides(addCommand(program, TEXT).argument('[profile]', PROFILE_DESCRIPTION)),
    'read each side over this many connections',
    'do not compare tables that a run with --skip-drift skips',
  )
    .option(
      '--sample <percent>',
      'compare only this percentage of each table, chosen by key',
      parsePercent,
      100,
    )
    .option(
      '--limit <n>',
      'print the keys of at most n differing rows of a table',
      (text) => parseCount(text, MOST_NAMED),
      10,
    )
    .action(async (name: string | undefined, _: VerifyFlags, command: Command) => {
      const flags = command.optsWithGlobals<VerifyFlags>()
      const options = {
        ...selectionOptions(flags),
        skipsDrift: flags.skipDrift === true,
        samplePercent: flags.sample,
        limit: flags.limit,
      }
      return runJob({
        flags,
        job: async ({ profile, context }) => {
          const { verify } = await import('../../jobs/verify.ts')
          return verify(profile(name, flags), options, context)
        },
        presentation: PRESENTATION,
        notified: notifiedAs('verify', name, flags),
      })
    })
}

function parsePercent(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (percent > 0 && percent <= 100) return percent
  throw new InvalidArgumentError('Give a percentage from 0.001 to 100, with at most three decimals.')
}
