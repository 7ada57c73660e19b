import type { Ending, Figures } from './ending.ts'

const MOST_LINES = 8

/** How a run ended, for people: a line that says it all, and below it what went wrong. */
export function endingText(ending: Ending): string {
  const { command, profile, host, runId, exitCode, message, hint, findings, warnings, figures } = ending
  const seconds = Math.round((ending.finishedAt.getTime() - ending.startedAt.getTime()) / 1000)
  const subject = `mbsync ${command}${profile === undefined ? '' : ` ${profile}`}`
  const run = runId === undefined ? '' : `run ${runId}, `
  const outcome = exitCode === 0 ? 'done' : `ended with exit status ${exitCode}`
  const details = [
    ...(exitCode === 0 ? [] : [message]),
    ...figureLines(figures),
    ...findings.flatMap(({ severity, subject: about, message: what }) =>
      severity === 'error' ? [`${about}: ${what}`] : [],
    ),
    ...warnings.map((warning) => `Warning: ${warning.message}`),
  ]
  const left = details.length - MOST_LINES
  return [
    `${exitCode === 0 ? '✅' : '❌'} ${subject} ${outcome} (${run}${seconds} s, on ${host})`,
    ...details.slice(0, MOST_LINES),
    ...(left > 0 ? [`and ${left} more`] : []),
    ...(hint === undefined ? [] : [hint]),
  ].join('\n')
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
