import type { DestinationStream } from 'pino'
import type { SharedFlags } from '../shared-flags.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Reporter } from './reporter.ts'

/**
 * The reporter for what stderr is and what the flags ask: for a person at a terminal, else for a log. Only that one is loaded: spinners and
 * bars, or a logger, take tens of milliseconds and megabytes.
 */
export async function chooseReporter(flags: SharedFlags, surroundings: Surroundings): Promise<Reporter> {
  const { stderr, env } = surroundings
  if (stderr.isTTY !== true) {
    const { LogReporter } = await import('./log-reporter.ts')
    const level = flags.quiet ? 'warn' : flags.verbose ? 'debug' : 'info'
    return new LogReporter(level, await logDestination(stderr))
  }
  if (flags.quiet) {
    const { QuietReporter } = await import('./quiet-reporter.ts')
    return new QuietReporter(surroundings)
  }
  // A terminal without a size cannot be redrawn: nothing fits in it.
  const canRedraw = flags.progress && env.TERM !== 'dumb' && stderr.columns !== 0
  if (canRedraw) {
    const { TerminalReporter } = await import('./terminal-reporter.ts')
    return new TerminalReporter(surroundings)
  }
  const { PlainReporter } = await import('./plain-reporter.ts')
  return new PlainReporter(surroundings)
}

/** Written synchronously, so that no line is lost when the process ends. */
async function logDestination(stderr: Surroundings['stderr']): Promise<DestinationStream> {
  if (stderr !== process.stderr) return { write: (line) => stderr.write(line) }
  const { pino } = await import('pino')
  const destination = pino.destination({ dest: 2, sync: true })
  // Whoever read the log is gone; the run goes on without.
  destination.on('error', () => undefined)
  return destination
}
