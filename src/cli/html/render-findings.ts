import type { Finding } from '../../core/finding.ts'
import { html, type Markup, prose } from './markup.ts'

/** A list of findings, each with what to do about it. */
export function renderFindings(findings: readonly Finding[]): Markup {
  return html`${findings.map(
    ({ severity, subject, message, hint }) =>
      html`<p><strong>${subject}</strong>: <span class="${severity === 'error' ? 'bad' : ''}">${prose(message)}</span>${hint === undefined ? undefined : html`<br><span class="faint">${prose(hint)}</span>`}</p>
`,
  )}`
}
