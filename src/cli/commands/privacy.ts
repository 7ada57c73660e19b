import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { tableToJson } from '../../api/json/table-to-json.ts'
import { countOf } from '../../core/count-of.ts'
import { MASKED_BY_KEY } from '../../core/mask.ts'
import { shellWord } from '../../core/shell-word.ts'
import { displayName } from '../../core/table-name.ts'
import type { PrivacyReport } from '../../jobs/privacy.ts'
import type { SharedFlags } from '../common-flags.ts'
import { describeSuggestion } from '../format/describe-suggestion.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import { printTable } from '../print/print-table.ts'
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

/** The result of `privacy` as `--json` prints it; documented in docs/JSON.md. */
function privacyToJson({ findings, accepted, ...report }: PrivacyReport): object {
  return {
    ...report,
    findings: findings.map(({ table, ...finding }) => ({ ...tableToJson(table), ...finding })),
    accepted: accepted.map(({ table, ...each }) => ({ ...tableToJson(table), ...each })),
  }
}

/** Prints which columns look personal and leave the source as they are. */
function printPrivacy(report: PrivacyReport, page: Page): void {
  const { findings, accepted, masked, profile, written, path } = report
  if (findings.length > 0) {
    printTable(
      page,
      [
        {
          head: 'Column',
          isElastic: true,
          cell: ({ table, column }) => printable(`${displayName(table)} ${column}`),
        },
        { head: 'Looks like', cell: ({ kind }) => kind },
        { head: 'Why', isElastic: true, cell: ({ reasons }) => reasons.join('; ') },
        { head: 'Mask', cell: ({ suggestion }) => describeSuggestion(suggestion) },
      ],
      findings,
    )
    page.line()
  }
  for (const { table, column, reason } of accepted)
    page.prose(
      page.paint.dim(`Accepted: ${printable(`${displayName(table)} ${column}`)}: ${printable(reason)}`),
    )
  const tied = masked.filter(({ mask }) => mask === MASKED_BY_KEY)
  if (tied.length > 0)
    page.prose(
      `Masked only as long as a foreign key ties them to a masked column: ${tied.map(({ table, column }) => printable(`${table} ${column}`)).join(', ')}. Name them in mask of the profile, too.`,
    )
  page.prose(`${countOf(masked.length, 'column')} masked, ${accepted.length} accepted.`)
  if (path !== undefined) page.prose(`Report written to ${printable(path)}`)
  if (written !== undefined) {
    page.prose(
      `${page.paint.green('✔')} ${countOf(written, 'mask')} written. Review them, then run mbsync check ${printable(shellWord(profile))}.`,
    )
    if (findings.length > written)
      page.prose(
        `${page.paint.red('✖')} No mask is known to fit ${countOf(findings.length - written, 'column')}: check would refuse each, for a constraint or the type. Write an expression in mask, or accept the column with a reason: { accept: … }.`,
      )
  } else if (findings.length === 0) page.prose(`${page.paint.green('✔')} No other column looks personal.`)
  else
    page.prose(
      `${page.paint.red('✖')} ${countOf(findings.length, 'column')} would leave the source unmasked. Add masks with mbsync privacy ${printable(shellWord(profile))} --write, or accept a column with a reason: { accept: … }.`,
    )
}
