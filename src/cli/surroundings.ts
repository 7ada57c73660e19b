/** A stream for output, which may be a terminal with a size. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** A stream for input, which may be a terminal. */
export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
}

/** What surrounds the command line: streams, environment and working directory. */
export interface Surroundings {
  /** Absent where nobody can be asked. */
  readonly stdin?: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** The surroundings of this process. */
export function processSurroundings(): Surroundings {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  }
}
