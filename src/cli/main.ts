import { CommanderError } from 'commander'
import { MbsyncError } from '../core/errors.ts'
import { EXIT_CODES, type ExitStatus } from '../core/exit-codes.ts'
import { explainFileError } from '../files/file-error.ts'
import { errorFacts } from './error-facts.ts'
import { createPaint } from './format/paint.ts'
import { errorToJson } from './json/error-to-json.ts'
import { errorLines } from './print/error-lines.ts'
import { buildProgram } from './program.ts'
import { runJob } from './run-job.ts'
import { type OutputStream, processSurroundings, type Surroundings } from './surroundings.ts'

export { leaveSoon } from './leave.ts'

/** Runs the command line that `argv` holds, as in `process.argv`, and returns the exit code. Never throws. */
export async function main(
  argv: readonly string[],
  surroundings: Surroundings = processSurroundings(),
): Promise<number> {
  const lossOf = surviveLostOutput(surroundings)
  let exitCode: number = EXIT_CODES.done.code
  let whenLost: ExitStatus = 'failed'
  const program = buildProgram(async (request) => {
    // What was done is not to be done again.
    if (request.presentation.audience === 'person') whenLost = 'incomplete'
    exitCode = await runJob(request, surroundings)
  }, surroundings)
  try {
    await program.parseAsync(argv)
  } catch (error) {
    exitCode =
      error instanceof CommanderError
        ? endParsing(error, argv, surroundings)
        : endUnexpectedly(error, surroundings)
  }
  const loss = await lossOf()
  if (loss === undefined) return exitCode
  const { code } = EXIT_CODES[whenLost]
  endUnexpectedly(lostResult(loss, whenLost), surroundings)
  return exitCode === EXIT_CODES.done.code ? code : exitCode
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
 * stdout stop one, but a script that needs the result must learn that it is not there.
 * @returns why the result is lost, if it is, as soon as all that was written has arrived or has not
 */
function surviveLostOutput({ stdout, stderr }: Surroundings): () => Promise<Error | undefined> {
  if (!stderr.listeners('error').includes(ignore)) stderr.on('error', ignore)
  if (!losses.has(stdout)) {
    losses.set(stdout, [])
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') losses.get(stdout)?.push(error)
    })
  }
  return async () => {
    await new Promise<void>((resolve) => stdout.write('', () => resolve()))
    return losses.get(stdout)?.at(0)
  }
}

/** What went wrong with each stream that a result is written to. */
const losses = new WeakMap<OutputStream, Error[]>()

function lostResult(loss: Error, status: ExitStatus): MbsyncError {
  const explained = explainFileError(loss, 'stdout')
  const hint = explained instanceof MbsyncError ? explained.hint : undefined
  const stays = status === 'incomplete' ? ' What the command did stays: `mbsync status` shows it.' : ''
  const { message } = explained instanceof Error ? explained : loss
  return new MbsyncError(`The result could not be written to ${message}`, status, {
    hint: `${hint ?? 'Write it elsewhere.'}${stays}`,
  })
}

function ignore(): void {
  // There is nobody left to tell.
}
