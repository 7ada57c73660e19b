import type { Webhook } from '../config/read/notify-settings.ts'
import { VERSION } from '../core/version.ts'
import type { Ending } from './ending.ts'
import { endingText } from './ending-text.ts'

const MOST_FINDINGS = 50

/** What a webhook of the given form is sent. */
export function webhookBody(format: Webhook['format'], ending: Ending): object {
  switch (format) {
    case 'json':
      return jsonBody(ending)
    case 'slack':
      return { text: escapeForSlack(endingText(ending)) }
    case 'discord':
      // A name such as @everyone calls nobody.
      return { content: endingText(ending), allowed_mentions: { parse: [] } }
  }
}

function jsonBody({ startedAt, finishedAt, figures, findings, ...ending }: Ending): object {
  return {
    event: 'run ended',
    version: VERSION,
    ...ending,
    profile: ending.profile ?? null,
    runId: ending.runId ?? null,
    hint: ending.hint ?? null,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    rows: figures.rows ?? null,
    bytes: figures.bytes ?? null,
    search: figures.search ?? [],
    findings: findings.slice(0, MOST_FINDINGS),
  }
}

/** Slack reads these three as the beginnings of links and mentions. */
function escapeForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
