import type { Webhook } from '../config/read/notify-settings.ts'
import { VERSION } from '../core/version.ts'
import type { Ending, Figures } from './ending.ts'

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

const MOST_DETAILS = 8
/** Discord takes 2000 characters, and elsewhere more would be too long to read. */
const LONGEST_TEXT = 1900

/** How a run ended, for people: a line that says it all, and below it what went wrong. */
function endingText(ending: Ending): string {
  const { command, profile, host, runId, exitCode, message, hint, findings, warnings, figures } = ending
  const seconds = Math.round((ending.finishedAt.getTime() - ending.startedAt.getTime()) / 1000)
  const subject = `mbsync ${command}${profile === undefined ? '' : ` ${profile}`}`
  const run = runId === undefined ? '' : `run ${runId}, `
  const outcome = exitCode === 0 ? 'done' : `ended with exit status ${exitCode}`
  const details = [
    ...(exitCode === 0 ? [] : [message]),
    ...figureLines(figures),
    ...findings.flatMap(({ severity, subject: about, message: what, hint: cure }) =>
      severity === 'error' ? [withCure(`${about}: ${what}`, cure)] : [],
    ),
    ...warnings.map((warning) => withCure(`Warning: ${warning.message}`, warning.hint)),
  ]
  const first = `${exitCode === 0 ? '✅' : '❌'} ${subject} ${outcome} (${run}${seconds} s, on ${host})`
  return shorten(first, details, hint === undefined ? [] : [hint])
}

function withCure(line: string, cure: string | undefined): string {
  return cure === undefined ? line : `${line}\n→ ${cure}`
}

/** What to do as a whole stays, however many details there are: the last of them make room. */
function shorten(first: string, details: readonly string[], last: readonly string[]): string {
  for (let shown = Math.min(details.length, MOST_DETAILS); ; shown -= 1) {
    const left = details.length - shown
    const more = left > 0 ? [`and ${left} more`] : []
    const text = [first, ...details.slice(0, shown), ...more, ...last].join('\n')
    if (text.length <= LONGEST_TEXT) return text
    if (shown === 0) return `${text.slice(0, LONGEST_TEXT)}…`
  }
}

function figureLines({ rows, search = [] }: Figures): string[] {
  const changed =
    rows === undefined
      ? []
      : [
          `Rows: ${rows.inserted.toLocaleString('en-US')} inserted, ${rows.updated.toLocaleString('en-US')} updated, ${rows.deleted.toLocaleString('en-US')} deleted`,
        ]
  return [
    ...changed,
    ...search.map(({ searchIndex, status, indexed, rejected, deleted }) => {
      const counts = [indexed, deleted, rejected].map((count) => count.toLocaleString('en-US'))
      return `Search index ${searchIndex} ${status}: ${counts[0]} sent, ${counts[1]} deleted, ${counts[2]} rejected`
    }),
  ]
}
