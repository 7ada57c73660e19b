import type { RunSummary } from '../../jobs/status.ts'

/** The class that colours what is said of a run. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'faint'

/** How a run ended, as a tone. */
export function toneOf({ status, exitCode }: RunSummary): Tone {
  switch (status) {
    case 'succeeded':
      return exitCode === 0 ? 'good' : 'warn'
    case 'running':
      return 'busy'
    case 'failed':
    case 'refused':
    case 'abandoned':
      return 'bad'
    case 'interrupted':
      return 'warn'
    case 'rolled back':
      return 'faint'
  }
}

const ICONS: Readonly<Record<Tone, string>> = { good: '✔', bad: '✖', warn: '!', busy: '…', faint: '↶' }

/** The same as a sign, for those who do not see colours. */
export function iconOf(run: RunSummary): string {
  return ICONS[toneOf(run)]
}
