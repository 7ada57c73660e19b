import { randomBytes } from 'node:crypto'
import type { SharedFlags } from '../common-flags.ts'
import type { Surroundings } from '../surroundings.ts'
import { logFormatOf } from './log-format.ts'
import { QuietReporter } from './quiet-reporter.ts'
import type { Reporter } from './reporter.ts'

/**
 * The reporter for what stderr is and what the flags ask: for people, else for a log. With a log file, stderr is left to people. Only what is needed is loaded: spinners and bars, or a logger, take tens of milliseconds and megabytes.
 * @throws UsageError if the log file cannot be opened
 */
export async function chooseReporter(flags: SharedFlags, surroundings: Surroundings): Promise<Reporter> {
  const { logFile } = flags
  if (logFile === undefined && logFormatOf(flags, surroundings) === 'text')
    return reporterForPeople(flags, surroundings)
  const { LogReporter, logToFile, logToStderr } = await import('./log-reporter.ts')
  const destination = logFile === undefined ? logToStderr(surroundings) : logToFile(logFile, surroundings)
  const log = new LogReporter(levelOf(flags), destination, randomBytes(4).toString('hex'))
  return logFile === undefined ? log : together([log, await reporterForPeople(flags, surroundings)])
}

/** Reports the same to several reporters. */
function together(reporters: readonly Reporter[]): Reporter {
  const toEach = (tell: (reporter: Reporter) => void) => {
    for (const reporter of reporters) tell(reporter)
  }
  return {
    report: (event) => toEach((reporter) => reporter.report(event)),
    notice: (message) => toEach((reporter) => reporter.notice(message)),
    finished: (outcome) => toEach((reporter) => reporter.finished(outcome)),
    failed: (error) => toEach((reporter) => reporter.failed(error)),
    pause: () => toEach((reporter) => reporter.pause()),
    close: () => toEach((reporter) => reporter.close()),
  }
}

/** `--quiet` is for whom it would disturb: a log on stderr, not one in a file. */
function levelOf({ logLevel, logFile, verbose, quiet }: SharedFlags) {
  if (logLevel !== undefined) return logLevel
  if (verbose === true) return 'debug'
  return quiet === true && logFile === undefined ? 'warn' : 'info'
}

/** Beside a log file, where no person watches, only what is worth a mail from cron is printed. */
async function reporterForPeople(flags: SharedFlags, surroundings: Surroundings): Promise<Reporter> {
  const { stderr, env } = surroundings
  const isVerbose = flags.verbose === true
  if (flags.quiet === true || logFormatOf(flags, surroundings) === 'json')
    return new QuietReporter(surroundings)
  // A terminal without a size cannot be redrawn: nothing fits in it.
  const canRedraw = stderr.isTTY === true && flags.progress && env.TERM !== 'dumb' && stderr.columns !== 0
  if (canRedraw) {
    const { TerminalReporter } = await import('./terminal-reporter.ts')
    return new TerminalReporter(surroundings, isVerbose)
  }
  const { PlainReporter } = await import('./plain-reporter.ts')
  return new PlainReporter(surroundings, isVerbose)
}
