import { countOf, formatCount } from '../../core/count-of.ts'
import { shellWord } from '../../core/shell-word.ts'
import { displayName } from '../../core/table-name.ts'
import type { PrivacyReport } from '../../jobs/privacy.ts'
import { describeSuggestion } from '../format/describe-suggestion.ts'
import { html, type Markup } from './markup.ts'
import { renderDocument } from './render-document.ts'
import { renderTable } from './render-table.ts'

/** A page for an auditor: which columns are masked and how, which are accepted and why, and which are neither. It holds no value of a row. */
export function renderPrivacy(report: PrivacyReport): string {
  const frame = {
    title: `privacy of ${report.profile}`,
    headline: `Personal data of ${report.source}`,
    about: `Profile ${report.profile}`,
    readAt: report.readAt,
  }
  return renderDocument(frame, [
    renderVerdict(report),
    renderFindings(report),
    renderMasked(report),
    renderAccepted(report),
    ABOUT,
  ])
}

function renderVerdict({ findings, masked, accepted, ...report }: PrivacyReport): Markup {
  const isGood = findings.length === 0
  const verdict = isGood
    ? 'No column that looks personal is left unmasked'
    : `${countOf(findings.length, 'column')} that look${findings.length === 1 ? 's' : ''} personal would leave the source unmasked`
  const figures: [string, number][] = [
    ['Masked', masked.length],
    ['Accepted', accepted.length],
    ['Unmasked', findings.length],
    ['Columns searched', report.columns],
    ['Tables', report.tables],
  ]
  const facts = [
    ['Source', report.source],
    ['Profile', report.profile],
    [
      'Fingerprint of the key',
      report.keyFingerprint === undefined ? 'no key is set' : html`<code>${report.keyFingerprint}</code>`,
    ],
    ['Unmasked columns', report.isStrict ? 'refuse a run (strict)' : 'are reported'],
  ] as const
  return html`<section class="verdict ${isGood ? 'good' : 'bad'}">
<h2>${isGood ? '✔' : '✖'} ${verdict}</h2>
<dl class="figures">${figures.map(([label, count]) => html`<div><dt>${label}</dt><dd>${formatCount(count)}</dd></div>`)}</dl>
<ul class="facts">${facts.map(([label, text]) => html`<li>${label} <b>${text}</b></li>`)}</ul>
</section>`
}

function renderFindings({ findings, profile }: PrivacyReport): Markup | undefined {
  if (findings.length === 0) return undefined
  const columns = [
    { head: 'Table', cell: ({ table }: PrivacyReport['findings'][number]) => displayName(table) },
    { head: 'Column', cell: ({ column }: PrivacyReport['findings'][number]) => column },
    { head: 'Looks like', cell: ({ kind }: PrivacyReport['findings'][number]) => kind },
    { head: 'Why', cell: ({ reasons }: PrivacyReport['findings'][number]) => wrapped(reasons.join('; ')) },
    {
      head: 'Suggested mask',
      cell: ({ suggestion }: PrivacyReport['findings'][number]) => describeSuggestion(suggestion),
    },
  ]
  return html`<section><h2>Neither masked nor accepted</h2>
${renderTable(columns, findings)}
<p class="faint">To add these masks: <code>mbsync privacy ${shellWord(profile)} --write</code></p></section>`
}

function renderMasked({ masked }: PrivacyReport): Markup {
  if (masked.length === 0)
    return html`<section><h2>Masked</h2><p>No column has a mask: all values leave the source unmasked.</p></section>`
  return html`<section><h2>Masked</h2>
${renderTable(
  [
    { head: 'Table', cell: ({ table }) => table },
    { head: 'Column', cell: ({ column }) => column },
    { head: 'Mask', cell: ({ mask }) => mask },
    { head: 'Options', cell: ({ options }) => wrapped(options ?? '') },
  ],
  masked,
)}</section>`
}

function renderAccepted({ accepted }: PrivacyReport): Markup | undefined {
  if (accepted.length === 0) return undefined
  return html`<section><h2>Accepted as they are</h2>
${renderTable(
  [
    { head: 'Table', cell: ({ table }) => displayName(table) },
    { head: 'Column', cell: ({ column }) => column },
    { head: 'Reason', cell: ({ reason }) => wrapped(reason) },
  ],
  accepted,
)}</section>`
}

const ABOUT = html`<section><h2>How to read this</h2>
<p>The source computes masks in the query that returns its rows. The raw value of a masked column does not cross the connection: neither the target nor dumps, search indexes and logs receive it.</p>
<p>Columns are judged by their names, their types and a sample of their values. Values are matched in the source, and only counts leave it. This is a help, not a proof: free text and documents can hold anything, and rare combinations of values can identify a person.</p>
<p>The fingerprint shows whether two reports used the same key, and nothing else of it. Masks with a condition (<code>where</code>) leave rows that do not meet it as they are.</p>
</section>`

function wrapped(text: string): Markup {
  return html`<div class="wrap">${text}</div>`
}
