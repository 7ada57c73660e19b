import { CommanderError } from 'commander'
import { EXIT_CODES } from '../core/exit-codes.ts'
import { errorFacts } from './error-facts.ts'
import { createPaint } from './format/paint.ts'
import { errorToJson } from './json/error-to-json.ts'
import { errorLines } from './print/error-lines.ts'
import { buildProgram } from './program.ts'
import { runJob } from './run-job.ts'
import { processSurroundings, type Surroundings } from './surroundings.ts'

export { leaveSoon } from './leave.ts'

/** Runs the command line that `argv` holds, as in `process.argv`, and returns the exit code. Never throws. */
export async function main(
  argv: readonly string[],
  surroundings: Surroundings = processSurroundings(),
): Promise<number> {
  surviveLostOutput(surroundings)
  let exitCode: number = EXIT_CODES.done.code
  const program = buildProgram(async (request) => {
    exitCode = await runJob(request, surroundings)
  }, surroundings)
  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return endParsing(error, argv, surroundings)
    return endUnexpectedly(error, surroundings)
  }
}

/** Commander throws for `--help` and `--version`, too; what it had to say has been written. */
function endParsing(error: CommanderError, argv: readonly string[], { stdout }: Surroundings): number {
  if (error.exitCode === 0) return EXIT_CODES.done.code
  const { code: exitCode } = EXIT_CODES.usage
  if (argv.includes('--json')) {
    // Without a command, commander prints the help and has no message.
    const message = error.code === 'commander.help' ? 'no command' : error.message.replace(/^error: /, '')
    stdout.write(`${JSON.stringify(errorToJson({ message, status: 'usage', exitCode }))}\n`)
  }
  return exitCode
}

function endUnexpectedly(error: unknown, { stderr, env }: Surroundings): number {
  const facts = errorFacts(error)
  stderr.write(`${errorLines(facts, createPaint(stderr, env)).join('\n')}\n`)
  return facts.exitCode
}

/**
 * `mbsync status | head -1` closes the pipe before all is written: no reason to fail, and none to stop a run. Nor does a full disk behind
 * stdout change what a run has done, so it is told, and the exit code stays.
 */
function surviveLostOutput({ stdout, stderr }: Surroundings): void {
  if (!stderr.listeners('error').includes(ignore)) stderr.on('error', ignore)
  if (stdout.listenerCount('error') > 0) return
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stderr.write(`The result could not be written to stdout (${error.code})\n`)
  })
}

function ignore(): void {
  // There is nobody left to tell.
}
