import { type DestinationStream, pino } from 'pino'
import type { SharedFlags } from '../shared-flags.ts'
import type { Surroundings } from '../surroundings.ts'
import { LogReporter } from './log-reporter.ts'
import { PlainReporter } from './plain-reporter.ts'
import { QuietReporter } from './quiet-reporter.ts'
import type { Reporter } from './reporter.ts'
import { TerminalReporter } from './terminal-reporter.ts'

/** The reporter for what stderr is and what the flags ask: for a person at a terminal, else for a log. */
export function chooseReporter(flags: SharedFlags, surroundings: Surroundings): Reporter {
  const { stderr, env } = surroundings
  if (stderr.isTTY !== true) {
    const level = flags.quiet ? 'warn' : flags.verbose ? 'debug' : 'info'
    return new LogReporter(level, logDestination(stderr))
  }
  if (flags.quiet) return new QuietReporter(surroundings)
  // A terminal without a size cannot be redrawn: nothing fits in it.
  const canRedraw = flags.progress && env.TERM !== 'dumb' && stderr.columns !== 0
  return canRedraw ? new TerminalReporter(surroundings) : new PlainReporter(surroundings)
}

/** Written synchronously, so that no line is lost when the process ends. */
function logDestination(stderr: Surroundings['stderr']): DestinationStream {
  if (stderr !== process.stderr) return { write: (line) => stderr.write(line) }
  const destination = pino.destination({ dest: 2, sync: true })
  // Whoever read the log is gone; the run goes on without.
  destination.on('error', () => undefined)
  return destination
}
