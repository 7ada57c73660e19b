import type { Finding } from '../../core/finding.ts'
import { html, type Markup } from './markup.ts'

/** A list of findings, each with what to do about it. */
export function renderFindings(findings: readonly Finding[]): Markup {
  return html`${findings.map(
    ({ severity, subject, message, hint }) =>
      html`<p><strong>${subject}</strong>: <span class="${severity === 'error' ? 'bad' : ''}">${message}</span></p>${hint === undefined ? undefined : html`<p class="faint">${hint}</p>`}
`,
  )}`
}
