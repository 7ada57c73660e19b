import type { RunSummary } from '../../jobs/status.ts'

/** The class that colours what is told of a run. */
export function toneOf({ status, exitCode }: RunSummary): 'good' | 'bad' | 'warn' | 'busy' | 'faint' {
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
