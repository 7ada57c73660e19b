import { countOf, formatCount } from '../../core/count-of.ts'
import { shellWord } from '../../core/shell-word.ts'
import type { SearchOutcome } from '../../indexing/index-documents.ts'
import type { Warning } from '../../run/run-result.ts'
import type { RunSearch } from '../../state/run-searches.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { figure, printTable } from './print-table.ts'

/** Prints what was done to search indexes, with what to do about those that are not up to date. */
export function printSearch(outcomes: readonly SearchOutcome[], page: Page): void {
  for (const outcome of outcomes) {
    for (const line of outcomeLines(outcome, page.paint)) page.prose(line)
    const { whyInFull } = outcome
    if (page.isVerbose && whyInFull !== undefined)
      page.prose(page.paint.dim(`  All documents were compared, because ${printable(whyInFull)}.`))
  }
}

/** The command that lists the rejected documents of a search index. */
export function rejectedCommand({ type, searchIndex }: Pick<SearchOutcome, 'type' | 'searchIndex'>): string {
  if (type === 'mixedbread') return 'mbsync mixedbread rejected'
  return type === 'typesense'
    ? 'mbsync typesense rejected'
    : `mbsync typesense rejected --index ${printable(shellWord(searchIndex))}`
}

/** Errors begin with the name of their search index, for logs. */
function withoutName({ searchIndex, error = '' }: SearchOutcome): string {
  const prefix = `${searchIndex}: `
  return error.startsWith(prefix) ? error.slice(prefix.length) : error
}

function outcomeLines(outcome: SearchOutcome, paint: Paint): string[] {
  const { searchIndex, status, mode, documents, indexed, rejected, deleted, durationMs } = outcome
  const name = paint.bold(`Search index ${printable(searchIndex)}`)
  if (status === 'failed' || status === 'stopped') {
    return [
      `${paint.red('✖')} ${name}: ${printable(withoutName(outcome))}`,
      ...findingLines(outcome.findings, paint).map((line) => `  ${line}`),
      ...(outcome.hint === undefined ? [] : [paint.dim(`  ${printable(outcome.hint)}`)]),
    ]
  }
  const facts = [
    `${countOf(documents, 'document')}${mode === 'rebuild' ? ' in a new collection' : ''}`,
    `${formatCount(indexed)} sent`,
    `${formatCount(deleted)} deleted`,
    `in ${formatDuration(durationMs)}`,
  ].join(', ')
  if (status === 'done') return [`${paint.green('✔')} ${name}: ${facts}`]
  return [
    `${paint.yellow('!')} ${name}: ${facts}, ${paint.yellow(`${formatCount(rejected)} rejected`)}`,
    paint.dim(`  Why: ${rejectedCommand(outcome)}. The next run sends them again.`),
    ...findingLines(outcome.findings, paint).map((line) => `  ${line}`),
  ]
}

/** Prints what a run that is over did to search indexes, as the state remembers it. */
export function printSearches(search: readonly RunSearch[], page: Page): void {
  printTable<RunSearch>(
    page,
    [
      { head: 'Index', cell: ({ searchIndex }) => printable(searchIndex), isElastic: true },
      { head: 'Mode', cell: ({ mode }) => mode },
      { head: 'Status', cell: ({ status }) => status },
      figure('Documents', ({ documents }) => documents),
      figure('Sent', ({ indexed }) => indexed),
      figure('Rejected', ({ rejected }) => rejected),
      figure('Deleted', ({ deleted }) => deleted),
      { head: 'Took', align: 'right', cell: ({ durationMs }) => formatDuration(durationMs) },
    ],
    search,
  )
  for (const { searchIndex, whyInFull, error, hint, findings } of search) {
    const name = page.paint.dim(`${printable(searchIndex)}:`)
    if (whyInFull !== undefined)
      page.prose(`${name} all documents were compared, because ${printable(whyInFull)}`)
    if (error !== undefined) page.prose(`${name} ${printable(error)}`)
    for (const line of findingLines(findings, page.paint)) page.prose(`  ${line}`)
    if (hint !== undefined) page.prose(page.paint.dim(`  ${printable(hint)}`))
  }
}

/** What a log should warn of: search indexes that are not up to date. */
export function searchWarnings(search: readonly SearchOutcome[]): Warning[] {
  return search.flatMap((outcome): Warning[] => {
    const { searchIndex, status, rejected } = outcome
    if (status === 'done') return []
    if (status !== 'rejected') return failureWarnings(outcome)
    return [
      {
        message: `${searchIndex}: ${countOf(rejected, 'document')} ${rejected === 1 ? 'was' : 'were'} rejected`,
        hint: `\`${rejectedCommand(outcome)}\` shows why. The next run sends them again.`,
      },
      ...warningsOf(outcome.findings),
    ]
  })
}

/** Why an index is not up to date: the error, and each reason for it by itself. */
function failureWarnings({ error = '', hint, findings }: SearchOutcome): Warning[] {
  return [{ message: error, ...(hint !== undefined && { hint }) }, ...warningsOf(findings)]
}

function warningsOf(findings: SearchOutcome['findings']): Warning[] {
  return findings.map(({ subject, message, hint }) => ({
    message: `${subject}: ${message}`,
    ...(hint !== undefined && { hint }),
  }))
}
