import { resolve } from 'node:path'
import { type DestinationStream, pino } from 'pino'
import { UsageError } from '../../core/errors.ts'
import type { Surroundings } from '../surroundings.ts'

/** Where log lines go when they go to stderr. Written synchronously, so that no line is lost when the process ends. */
export function logToStderr({ stderr }: Pick<Surroundings, 'stderr'>): DestinationStream {
  if (stderr !== process.stderr) return { write: (line) => stderr.write(line) }
  const destination = pino.destination({ dest: 2, sync: true })
  // Whoever read the log is gone; the run goes on without.
  destination.on('error', () => undefined)
  return destination
}

/**
 * Opens a log file to append to it: lines of several processes do not mix, and a file that is copied and truncated goes on from its start.
 * @throws UsageError if it cannot be opened
 */
export function logToFile(file: string, { cwd, stderr }: Surroundings): DestinationStream {
  try {
    const destination = pino.destination({ dest: resolve(cwd, file), append: true, sync: true, mode: 0o640 })
    destination.once('error', (error: NodeJS.ErrnoException) => {
      destination.on('error', () => undefined)
      stderr.write(`The log file ${file} cannot be written (${error.code}); the run continues without it\n`)
    })
    return destination
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    throw new UsageError(`The log file ${file} cannot be opened${code}`, {
      hint: 'Check that its folder exists and that this user may write there.',
      cause,
    })
  }
}
