import { changedRows } from '../../api/sum-outcomes.ts'
import { profileArguments, targetArguments } from '../../config/command-arguments.ts'
import { countOf, formatCount } from '../../core/count-of.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import { describeMode, describeState, durationOf } from '../format/describe-run.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { formatTime } from '../format/format-time.ts'
import { html, type Markup, prose } from './markup.ts'
import { renderFindings } from './render-findings.ts'
import { iconOf, toneOf } from './tone-of.ts'

/** What one wants to know of a run first: how it ended, why, what it did, and what to do next. */
export function renderVerdict(run: RunDetail, readAt: Date): Markup {
  const figures = html`<dl class="figures">${figuresOf(run).map(([label, text]) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`
  // After a bad night the reason comes before the numbers.
  const parts = run.status === 'succeeded' ? [figures, problemsOf(run)] : [problemsOf(run), figures]
  return html`<section class="verdict ${toneOf(run)}">
<h2>${iconOf(run)} Run ${run.id} ${describeState(run)}${outcomeOf(run)}</h2>
<p class="faint">${whenOf(run, readAt)}</p>
${parts}
${nextStep(run)}
<ul class="facts">${factsOf(run).map(([label, text]) => html`<li>${label} <b>${text}</b></li>`)}</ul>
</section>`
}

function outcomeOf(run: RunDetail): string {
  if (run.mode === 'search' || run.status !== 'succeeded') return ''
  const changed = run.tables.filter((table) => changedRows(table) > 0).length
  const rows = changedRows(run)
  if (rows === 0) return `: no row differed in ${countOf(run.tables.length, 'table')}`
  return `: ${countOf(rows, 'row')} changed in ${formatCount(changed)} of ${countOf(run.tables.length, 'table')}`
}

function whenOf(run: RunDetail, readAt: Date): string {
  const durationMs = durationOf(run)
  const ended = run.finishedAt
  const took = durationMs === undefined ? '' : ` and took ${formatDuration(durationMs)}`
  const ago =
    ended === undefined ? '' : `; it ended ${agoOf(readAt.getTime() - ended.getTime())} this page was written`
  return `It started at ${formatTime(run.startedAt)}${took}${ago}.`
}

function agoOf(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ]
  const [size, unit] = units.find(([size]) => ms >= size) ?? [0, '']
  return size === 0 ? 'just before' : `${countOf(Math.floor(ms / size), unit)} before`
}

function problemsOf(run: RunDetail): Markup[] {
  const error =
    run.error === undefined
      ? []
      : [
          html`<div class="note bad"><p><strong>${prose(run.error)}</strong></p>${run.hint === undefined ? undefined : html`<p>${prose(run.hint)}</p>`}</div>`,
        ]
  const [errors, notes] = (['error', 'note'] as const).map((wanted) =>
    run.findings.filter(({ severity }) => severity === wanted),
  )
  const findings = [
    ...(errors?.length ? [html`<div class="note bad">${renderFindings(errors)}</div>`] : []),
    ...(notes?.length ? [html`<div class="note">${renderFindings(notes)}</div>`] : []),
  ]
  const warnings = [...run.incomplete.map((message) => ({ message, hint: undefined })), ...run.warnings].map(
    ({ message, hint }) =>
      html`<div class="note warn"><p>${prose(message)}</p>${hint === undefined ? undefined : html`<p class="faint">${prose(hint)}</p>`}</div>`,
  )
  return [...error, ...findings, ...warnings]
}

function figuresOf(run: RunDetail): [string, string][] {
  const durationMs = durationOf(run)
  const sent = run.search.reduce((sum, { indexed }) => sum + indexed, 0)
  const all: [string, string | undefined][] = [
    ['Rows changed', run.mode === 'search' ? undefined : formatCount(changedRows(run))],
    ['Documents sent', run.search.length === 0 ? undefined : formatCount(sent)],
    ['Took', durationMs === undefined ? undefined : formatDuration(durationMs)],
    ['Read', run.mode === 'search' ? undefined : formatBytes(run.bytes)],
  ]
  return known(all)
}

function factsOf(run: RunDetail): [string, string][] {
  const rows = run.mode === 'search' ? [] : (['inserted', 'updated', 'deleted', 'unchanged'] as const)
  return known([
    ['Mode', describeMode(run)],
    ['Exit status', run.exitCode === undefined ? undefined : String(run.exitCode)],
    ...rows.map((name): [string, string] => [`Rows ${name}`, formatCount(run[name])]),
    ['Sequences set', formatCount(run.sequencesSet)],
    ['Backup', run.backup],
    ['Run by mbsync', run.version],
  ])
}

function known(all: readonly (readonly [string, string | undefined])[]): [string, string][] {
  return all.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as [string, string]]))
}

/** The command to go on with. */
function nextStep(run: RunDetail): Markup {
  const { status, profile, canRollBack, id } = run
  const target = targetArguments(run)
  const details = html`Details: <code>mbsync status ${target} ${id}</code>`
  if (status === 'refused' || status === 'failed')
    return html`<p>To try without changing anything: <code>mbsync check ${profileArguments(profile)}</code>. ${details}</p>`
  return canRollBack
    ? html`<p>To undo it: <code>mbsync rollback ${target}</code>. ${details}</p>`
    : html`<p>${details}</p>`
}
